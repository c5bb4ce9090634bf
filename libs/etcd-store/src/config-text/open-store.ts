import type { Logger } from '@kubefigurator/daemon';
import { checkEtcdSettings, type EtcdSettings } from '../connection/etcd-settings.ts';
import { openEtcdSession } from '../connection/session.ts';
import { storeKey } from '../keys/store-keys.ts';
import type { HeartbeatPace } from '../watch/heartbeat.ts';
import type { ConfigStore } from './config-store.ts';
import { createConfigStore } from './create-config-store.ts';

export interface StoreOptions {
  readonly log: Logger;
  /** How often a read checks the watch of `follow`, in milliseconds; a minute by default. */
  readonly secondOpinionMs?: number;
  /** How the watch of `follow` is asked for proofs of life; every 10 s by default. */
  readonly heartbeat?: Partial<HeartbeatPace>;
  /** After which time a denial of the keys of pause and pin is tried again, in milliseconds; a minute by default. */
  readonly stopsAgainMs?: number;
}

/**
 * The store of the config text, whose key `--etcd-path` gives. Credential files are read at once; etcd is connected to
 * when the store is first used. Throws UsageError for settings that contradict each other, and OperatorError for a
 * credential file that can't be read.
 */
export function openConfigStore(settings: EtcdSettings, options: StoreOptions): ConfigStore {
  checkEtcdSettings(settings);
  const session = openEtcdSession({ settings, log: options.log });
  session.refresh();
  return createConfigStore({ session, key: storeKey(settings.etcdPath, 'config'), ...options });
}
