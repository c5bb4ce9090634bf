import { keysBelow } from '@kubefigurator/config-model';
import type { Logger } from '@kubefigurator/daemon';
import { checkEtcdSettings, type EtcdSettings } from './etcd-settings.ts';
import { followKey } from './follow.ts';
import { publishText } from './publish.ts';
import { readingOf } from './reading.ts';
import { openSession } from './session.ts';
import type { ConfigStore, Reading } from './store.ts';

const SECOND_OPINION_MS = 60_000;

export interface StoreOptions {
  readonly log: Logger;
  /** How often following takes a second look beside its watch, in milliseconds; a minute by default. */
  readonly secondOpinionMs?: number;
}

/**
 * The store behind the settings; connects when first used.
 * Throws UsageError for settings that don't fit together and OperatorError for a credential file that can't be read.
 */
export function openStore(settings: EtcdSettings, options: StoreOptions): ConfigStore {
  const { log, secondOpinionMs = SECOND_OPINION_MS } = options;
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
    follow: (following) => followKey({ session, key, log, secondOpinionMs }, following),
    close: () => {
      session.close();
      return Promise.resolve();
    },
  };
}
