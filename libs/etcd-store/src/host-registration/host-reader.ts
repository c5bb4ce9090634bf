import type { ParsedHostStatus } from '@kubefigurator/config-model';
import { parseHostStatus } from '@kubefigurator/config-model';
import type { Logger, Parsed } from '@kubefigurator/daemon';
import { checkEtcdSettings, type EtcdSettings } from '../connection/etcd-settings.ts';
import { openSession } from '../connection/session.ts';
import { entryOf } from '../keys/entry.ts';
import { storeRange } from '../keys/store-keys.ts';

/** A host that has ever written its status below the path, or whose agent runs. */
export interface RegisteredHost {
  readonly host: string;
  /** Undefined if its agent runs and has written no status. */
  readonly status: ParsedHostStatus | undefined;
  /** True while its agent keeps its presence in etcd; it disappears half a minute after the agent. */
  readonly isAlive: boolean;
}

/** Reads what hosts say of themselves. */
export interface HostReader {
  /** Every host in the order of the names, read once. Throws OperatorError. */
  readonly read: () => Promise<readonly RegisteredHost[]>;
  readonly close: () => void;
}

/** Opens a connection of its own. Throws UsageError for settings that contradict each other, and OperatorError. */
export function openHostReader(settings: EtcdSettings, { log }: { readonly log: Logger }): HostReader {
  checkEtcdSettings(settings);
  const session = openSession({ settings, log });
  session.refresh();
  const [hosts, alive] = [storeRange(settings.etcdPath, 'hosts'), storeRange(settings.etcdPath, 'alive')];

  async function readStatuses(): Promise<ReadonlyMap<string, ParsedHostStatus>> {
    const { kvs } = await session.call({ use: 'look', action: 'read', key: hosts.name }, (client) =>
      client.kv.range({ key: hosts.first, range_end: hosts.end }),
    );
    return new Map(kvs.map((kv) => [hosts.memberOf(kv.key), statusOf(entryOf(kv, hosts.codec).value)]));
  }

  async function readPresent(): Promise<ReadonlySet<string>> {
    const { kvs } = await session.call({ use: 'look', action: 'read', key: alive.name }, (client) =>
      client.kv.range({ key: alive.first, range_end: alive.end, keys_only: true }),
    );
    return new Set(kvs.map((kv) => alive.memberOf(kv.key)));
  }

  return {
    read: async () => {
      // One after the other, so that a denied read always names the same key.
      const statuses = await readStatuses();
      const present = await readPresent();
      const names = [...new Set([...statuses.keys(), ...present])].sort();
      return names.map((host) => ({ host, status: statuses.get(host), isAlive: present.has(host) }));
    },
    close: () => session.close(),
  };
}

function statusOf(value: Parsed<string>): ParsedHostStatus {
  return 'value' in value
    ? parseHostStatus(value.value)
    : { kind: 'unreadable', reason: `the value ${value.reason}` };
}
