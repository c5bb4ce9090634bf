import type { Logger } from '@kubefigurator/daemon';
import { checkEtcdSettings, type EtcdSettings } from '../connection/etcd-settings.ts';
import { openEtcdSession } from '../connection/session.ts';
import { memberKey, storeRange } from '../keys/store-keys.ts';
import { ifKeyAbsent } from '../transaction/compare.ts';
import { transact } from '../transaction/transaction.ts';
import { decodeEntries } from '../watch/changes.ts';
import { followEntries } from '../watch/follow.ts';
import { createHostsBoard, type RegisteredHost } from './hosts-board.ts';

export interface FollowHostsOptions {
  /** Following ends if it is aborted. */
  readonly signal: AbortSignal;
  /** Called with every host once both ranges were read, and after each change of a status or of a presence. */
  readonly onHosts: (hosts: readonly RegisteredHost[]) => void;
}

/** What became of a host that was to be forgotten: `alive` if its agent runs, `unknown` if it has no status. */
export type Forgotten = 'forgotten' | 'alive' | 'unknown';

/** Reads what hosts say of themselves. */
export interface HostReader {
  /** Every host in the order of the names, read once. Throws OperatorError. */
  readonly read: () => Promise<readonly RegisteredHost[]>;
  /** Reports every host now and after each change until aborted. It outlives every failure of etcd and doesn't reject for one. */
  readonly follow: (options: FollowHostsOptions) => Promise<void>;
  /** Deletes the status of a host unless its agent is present, in one transaction. Throws OperatorError. */
  readonly forget: (host: string) => Promise<Forgotten>;
  readonly close: () => void;
}

/**
 * Opens a connection of its own. Throws UsageError for settings that contradict each other, and OperatorError for a
 * credential file that can't be read.
 */
export function openHostReader(settings: EtcdSettings, { log }: { readonly log: Logger }): HostReader {
  checkEtcdSettings(settings);
  const session = openEtcdSession({ settings, log });
  session.refresh();
  const [hosts, alive] = [storeRange(settings.etcdPath, 'hosts'), storeRange(settings.etcdPath, 'alive')];

  /** Reads one range after the other, so that the error of a denied read always names the same key. */
  async function read(): Promise<readonly RegisteredHost[]> {
    const board = createHostsBoard();
    const statuses = await session.call({ use: 'look', action: 'read', key: hosts.name }, (client) =>
      client.kv.range({ key: hosts.first, range_end: hosts.end }),
    );
    board.setStatuses(decodeEntries(hosts, statuses.kvs));
    const present = await session.call({ use: 'look', action: 'read', key: alive.name }, (client) =>
      client.kv.range({ key: alive.first, range_end: alive.end, keys_only: true }),
    );
    board.setPresent(present.kvs.map((kv) => alive.memberOf(kv.key)));
    return board.hosts() ?? [];
  }

  async function follow({ signal, onHosts }: FollowHostsOptions): Promise<void> {
    const board = createHostsBoard();
    const report = (): void => {
      const known = board.hosts();
      if (known !== undefined) onHosts(known);
    };
    const listener = { signal, onState: () => undefined };
    const statuses = followEntries(
      { session, selection: hosts, log },
      {
        ...listener,
        onChange: ({ entries }) => {
          board.setStatuses(entries);
          report();
        },
      },
    );
    const presences = followEntries(
      { session, selection: alive, log },
      {
        ...listener,
        onChange: ({ entries }) => {
          board.setPresent(entries.keys());
          report();
        },
      },
    );
    await Promise.all([statuses.done, presences.done]);
  }

  async function forget(host: string): Promise<Forgotten> {
    const key = memberKey(settings.etcdPath, 'hosts', host);
    const presence = memberKey(settings.etcdPath, 'alive', host);
    const purpose = { use: 'write', action: 'delete', key: key.name } as const;
    const found = await session.call({ use: 'look', action: 'read', key: key.name }, (client) =>
      client.kv.range({ key: key.first, keys_only: true }),
    );
    if (found.kvs.length === 0) return 'unknown';
    const result = await transact(session, purpose, {
      compares: [ifKeyAbsent(presence)],
      puts: [],
      deletes: [key.name],
    });
    return result.kind === 'committed' ? 'forgotten' : 'alive';
  }

  return { read, follow, forget, close: () => session.close() };
}
