import { describe, expect, it } from 'vitest';
import type { HostDraft } from '../explain/testing/observed.ts';
import { type FleetFacts, judgeFleet } from './fleet-health.ts';
import { AT, FLEETS, fleetOf } from './testing/fleets.ts';

const NO_LEADER = { revision: '0', value: undefined };
const ELECTED = { revision: '9', value: '{"by":"a","lists":{},"elected":true}' };

describe('judgeFleet', () => {
  it('is healthy if every host is alive and in sync and nothing is held', () => {
    const fleet = judgeFleet(fleetOf([{ host: 'lb-1' }, { host: 'lb-2' }]));
    expect(fleet.healthy).toBe(true);
    expect(fleet.hosts.map(({ inSync, troubles }) => [inSync, troubles])).toEqual([
      ['yes', []],
      ['yes', []],
    ]);
  });

  it.each<[string, HostDraft, string, RegExp]>([
    ['is dead', { host: 'lb-1', alive: false }, 'unknown', /its agent doesn't run; it ran revision 42/],
    ['never wrote', { host: 'lb-1', raw: 'nothing' }, 'unknown', /has not written its status yet/],
    ['wrote no status', { host: 'lb-1', raw: 'unreadable' }, 'unknown', /can't be read: is not JSON/],
    ['has another text', { host: 'lb-1', seen: '41' }, 'no', /it has revision 41, and etcd has 42/],
    ['is blind', { host: 'lb-1', blindSince: AT }, 'no', /etcd has not been heard since 2026/],
    [
      'leaves a part out',
      { host: 'lb-1', leftOut: [{ source: 'a/b/c', message: 'no such file' }] },
      'no',
      /^left out: a\/b port c: no such file$/,
    ],
    [
      'refuses the text',
      { host: 'lb-1', outcome: { kind: 'rejected', summary: 'rejected' } },
      'no',
      /^rejected$/,
    ],
  ])('is not healthy if a host %s', (_what, draft, inSync, trouble) => {
    const fleet = judgeFleet(fleetOf([draft, { host: 'lb-2' }]));
    expect(fleet.healthy).toBe(false);
    expect(fleet.hosts[0]?.inSync).toBe(inSync);
    expect(fleet.hosts[0]?.troubles).toEqual([expect.stringMatching(trouble) as string]);
  });

  it.each<[string, FleetFacts['leader'], FleetFacts['record'], boolean]>([
    ['a producer leads', { revision: '9', value: '{"host":"node-1","pid":7}' }, ELECTED, true],
    ['none leads after one that was elected', NO_LEADER, ELECTED, false],
    ['none leads after apply', NO_LEADER, { revision: '9', value: '{"by":"a","lists":{}}' }, true],
    ['none leads and nothing says who published', NO_LEADER, undefined, true],
    ['etcd denies who leads', undefined, ELECTED, true],
  ])('is healthy or not if %s', (_what, leader, record, healthy) => {
    expect(judgeFleet(fleetOf([{ host: 'lb-1' }], { leader, record })).healthy).toBe(healthy);
  });

  it('is not healthy without a host, without a text, while something is held, and while it is paused', () => {
    const hosts = [{ host: 'lb-1' }];
    const record = { since: AT, everything: true, shares: [], services: {} };
    const pause = { by: 'ann', at: AT, reason: '' };
    const healths = [
      judgeFleet(fleetOf([])),
      judgeFleet(fleetOf(hosts, { published: { problem: 'the key is missing' } })),
      judgeFleet(fleetOf(hosts, { board: { record, approvals: [], pause: undefined } })),
      judgeFleet(fleetOf(hosts, { board: { record: undefined, approvals: [], pause } })),
    ];
    expect(healths.map(({ healthy }) => healthy)).toEqual([false, false, false, false]);
  });

  it('is not healthy while a text is pinned, and says whether the key holds it', () => {
    const pinned = ['pinned', 'pinned-and-overwritten', 'pinned-before-a-downgrade', 'unpinned'].map((name) =>
      judgeFleet(FLEETS[name] ?? fleetOf([])),
    );
    expect(pinned.map(({ healthy, pinned: state }) => [healthy, state?.judgement])).toEqual([
      [false, 'kept'],
      [false, 'overwritten'],
      [false, 'left-behind'],
      [false, undefined],
    ]);
  });
});
