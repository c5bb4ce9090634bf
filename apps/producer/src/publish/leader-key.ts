import { isTimestamp, parseJsonObject } from './json-object.ts';

/** Who leads, as the leader's key has it. */
export interface Leader {
  readonly host: string;
  readonly pid: number;
  /** Since when it leads, ISO 8601 in UTC; absent if the key doesn't say it, as those of older producers. */
  readonly since?: string;
}

/**
 * What the leader's key holds; undefined if that isn't readable. What isn't part of a host name is replaced, since
 * anybody who may write the key may have written anything there.
 */
export function parseLeader(value: string): Leader | undefined {
  const { host, pid, since } = parseJsonObject(value);
  if (typeof host !== 'string' || typeof pid !== 'number') return undefined;
  const time = isTimestamp(since) ? { since } : {};
  return { host: host.replaceAll(/[^\w.-]/g, '?').slice(0, 253), pid, ...time };
}

/** `the producer on node-1 (process 42)`, for messages, from what the leader's key holds. */
export function describeLeader(value: string): string {
  const leader = parseLeader(value);
  return leader === undefined
    ? 'a producer that does not say who it is'
    : `the producer on ${leader.host} (process ${String(leader.pid)})`;
}
