import { describe, expect, it } from 'vitest';
import type { HostStatus } from './host-status.ts';
import { parseHostStatus } from './host-status.ts';
import { driftCountsOf, troublesOfStatus } from './status-sentences.ts';
import { anInteger, aText, listOf, objectOf, oneOf, optional } from './shape.ts';

const AT = '2026-01-02T03:04:05.000Z';

/** A status as the first consumers wrote it: without counts of drift. */
const WRITTEN_BEFORE = `{"version":1,"host":"lb-1","startedAt":"${AT}","versions":{"consumer":"0.1.0","haproxy":"2.6.12"},
"seen":{"revision":"7","hash":"ab"},"applied":{"revision":"7","hash":"ab","how":"reload","at":"${AT}"},
"outcome":{"kind":"applied","summary":"applied (reload)","at":"${AT}","durationMs":40},
"leftOut":[],"leftOutCount":0,"oldWorkers":1,"drift":[
{"kind":"server-drain","what":"shop/worker-a","since":"${AT}"},
{"kind":"server-drain","what":"shop/worker-b","since":"${AT}"},
{"kind":"file-edited","what":"/etc/haproxy/dynamic.cfg","since":"${AT}"},
{"kind":"haproxy-reloaded","what":"HAProxy","since":"${AT}","endedAt":"${AT}"}]}`;

/** The check of the first consumers on a status that they read; a copy that never changes. */
const readerBefore = objectOf({
  version: oneOf([1]),
  host: aText,
  startedAt: aText,
  versions: objectOf({ consumer: aText, haproxy: optional(aText) }),
  seen: optional(objectOf({ revision: optional(aText), hash: optional(aText) })),
  applied: optional(
    objectOf({
      revision: aText,
      hash: aText,
      how: oneOf(['none', 'runtime', 'reload', 'restart', 'command', 'unproven']),
      at: aText,
    }),
  ),
  outcome: optional(
    objectOf({
      kind: oneOf([
        'applied',
        'unchanged',
        'kept',
        'frozen',
        'postponed',
        'not-running',
        'not-loaded',
        'rejected',
        'failed',
      ]),
      summary: aText,
      at: aText,
      durationMs: anInteger,
    }),
  ),
  leftOut: listOf(
    objectOf({
      sources: listOf(objectOf({ namespace: aText, service: aText, port: aText })),
      message: aText,
    }),
  ),
  leftOutCount: anInteger,
  oldWorkers: anInteger,
  blindSince: optional(aText),
  frozen: optional(objectOf({ since: aText, by: aText, reason: optional(aText) })),
  drift: listOf(
    objectOf({
      kind: oneOf([
        'file-edited',
        'file-missing',
        'haproxy-stopped',
        'haproxy-restarted',
        'haproxy-reloaded',
        'file-not-loaded',
        'server-maint',
        'server-drain',
      ]),
      what: aText,
      since: aText,
      endedAt: optional(aText),
    }),
  ),
});

describe('a status and the version before', () => {
  it('is read if the version before wrote it, and its drift is counted', () => {
    const parsed = parseHostStatus(WRITTEN_BEFORE);
    if (parsed.kind !== 'status') throw new Error(parsed.reason);
    expect(driftCountsOf(parsed.status)).toEqual({ 'server-drain': 2, 'file-edited': 1 });
    expect(troublesOfStatus(parsed.status)).toEqual([`/etc/haproxy/dynamic.cfg: file-edited since ${AT}`]);
  });

  const agent = { id: 'a', machine: 'lb-1', addresses: ['192.0.2.1'], pid: 7, startedAt: AT };

  it('is read by the version before, with every field that this version writes', () => {
    const status: HostStatus = {
      version: 1,
      host: 'lb-1',
      startedAt: AT,
      process: { pid: 7, startTicks: 70 },
      versions: { consumer: '0.2.0', haproxy: '3.2.0' },
      seen: { revision: '8', hash: 'cd' },
      applied: { revision: '7', hash: 'ab', how: 'reload', at: AT },
      pending: { revision: '9', since: AT, checkedSince: AT },
      outcome: { kind: 'failed', summary: 'failed: EIO', at: AT, durationMs: 1 },
      leftOut: [{ sources: [{ namespace: 'a', service: 'b', port: 'c' }], message: 'no' }],
      leftOutCount: 1,
      leftOutNamespaces: ['a'],
      oldWorkers: 0,
      blindSince: AT,
      frozen: { since: AT, by: 'ann', reason: 'disk' },
      hostNameShared: { since: AT, self: agent, others: [agent] },
      drift: [{ kind: 'file-edited', what: 'f', since: AT, endedAt: AT }],
      driftCount: 1,
      driftCounts: { 'server-drain': 70 },
      certificates: [
        {
          file: '/ssl/a.pem',
          sources: [],
          notAfter: AT,
          trouble: 'it is gone',
          blocksStart: true,
          isForgotten: true,
          isFolder: true,
          unnamedHosts: ['shop.example.com'],
        },
      ],
      certificateCount: 1,
      certificateTroubleCount: 1,
      unnamedHostsCount: 1,
      copyFailure: 'the disk is full',
      reloadTrouble: 'unknown keyword',
    } satisfies Required<HostStatus>;
    expect(readerBefore(JSON.parse(JSON.stringify(status)))).toBeUndefined();
    expect(parseHostStatus(JSON.stringify(status))).toEqual({ kind: 'status', status });
  });
});

describe('counts of drift', () => {
  const parsed = parseHostStatus(WRITTEN_BEFORE);
  const withCounts = (driftCounts: unknown): string =>
    JSON.stringify({ ...(parsed.kind === 'status' ? parsed.status : {}), driftCounts });

  it('include findings that were cut from the list', () => {
    const status = parseHostStatus(withCounts({ 'file-edited': 3, 'server-drain': 900 }));
    expect(status.kind === 'status' ? troublesOfStatus(status.status) : status.reason).toEqual([
      `/etc/haproxy/dynamic.cfg: file-edited since ${AT}`,
      '2 more findings of drift',
    ]);
  });

  it('may have kinds of a later version, and nothing but whole numbers', () => {
    expect(parseHostStatus(withCounts({ 'vip-moved': 1 })).kind).toBe('status');
    expect(parseHostStatus(withCounts({ 'file-edited': 'x' }))).toEqual({
      kind: 'unreadable',
      reason: '.driftCounts.file-edited is no whole number',
    });
    expect(parseHostStatus(withCounts([1])).kind).toBe('unreadable');
  });
});
