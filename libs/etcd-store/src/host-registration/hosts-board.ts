import { type ParsedHostStatus, parseHostStatus } from '@kubefigurator/config-model';
import type { Entry } from '../keys/entry.ts';
import type { Entries } from '../watch/changes.ts';

/** A host that has ever written its status below the path, or whose agent runs. */
export interface RegisteredHost {
  readonly host: string;
  /** Undefined if its agent runs and has written no status. */
  readonly status: ParsedHostStatus | undefined;
  /** True while its presence is in etcd, which disappears half a minute after the agent. */
  readonly isAlive: boolean;
}

/** Brings the statuses and the presences of hosts together. */
export interface HostsBoard {
  readonly setStatuses: (entries: Entries<string>) => void;
  readonly setPresent: (names: Iterable<string>) => void;
  /** In the order of the names; undefined before both were set. */
  readonly hosts: () => readonly RegisteredHost[] | undefined;
}

export function createHostsBoard(): HostsBoard {
  let statuses: ReadonlyMap<string, ParsedHostStatus> | undefined;
  let present: ReadonlySet<string> | undefined;
  /** If one status changes, the others aren't parsed again: their entries are the same objects as before. */
  const parsed = new WeakMap<Entry<string>, ParsedHostStatus>();

  function parse(entry: Entry<string>): ParsedHostStatus {
    const known = parsed.get(entry) ?? statusIn(entry);
    parsed.set(entry, known);
    return known;
  }

  return {
    setStatuses: (entries) => {
      statuses = new Map([...entries].map(([host, entry]) => [host, parse(entry)]));
    },
    setPresent: (names) => {
      present = new Set(names);
    },
    hosts: () => {
      if (statuses === undefined || present === undefined) return undefined;
      const [known, alive] = [statuses, present];
      return [...new Set([...known.keys(), ...alive])]
        .sort()
        .map((host) => ({ host, status: known.get(host), isAlive: alive.has(host) }));
    },
  };
}

function statusIn({ value }: Entry<string>): ParsedHostStatus {
  return 'value' in value
    ? parseHostStatus(value.value)
    : { kind: 'unreadable', reason: `the value ${value.reason}` };
}
