import { keysBelow } from '@kubefigurator/config-model';
import type { Logger } from '@kubefigurator/daemon';
import { checkEtcdSettings, type EtcdSettings } from './etcd-settings.ts';
import { followKey } from './follow.ts';
import { publishText } from './publish.ts';
import { readingOf } from './reading.ts';
import { openSession } from './session.ts';
import type { ConfigStore, Reading } from './store.ts';

/**
 * The store behind the settings; connects when first used.
 * Throws UsageError for settings that don't fit together and OperatorError for a credential file that can't be read.
 */
export function openStore(settings: EtcdSettings, { log }: { readonly log: Logger }): ConfigStore {
  checkEtcdSettings(settings);
  const { config } = keysBelow(settings.etcdPath);
  const key = Buffer.from(config, 'utf8');
  const session = openSession({ settings, key: config, log });
  session.refresh();
  const read = async (): Promise<Reading> =>
    readingOf(await session.call('look', 'read', (client) => client.kv.range({ key })));
  return {
    key: config,
    read,
    publish: (text, seen) => publishText({ session, key, read }, text, seen),
    follow: (options) => followKey({ session, key, log }, options),
    close: () => {
      session.close();
      return Promise.resolve();
    },
  };
}
