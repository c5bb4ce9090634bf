import { describe, expect, it } from 'vitest';
import type { DriftFacts, DriftRecord } from './drift.ts';
import { compareDriftFindings, isFileEdited, NO_DRIFT, observeDrift } from './drift.ts';
import type { HaproxyState, KnownGood } from './observation.ts';

const FILE = '/etc/haproxy/dynamic.cfg';
const worker = { pid: 11, startTicks: 5 };
const good: KnownGood = {
  ledger: { revision: '7', hash: 'ab', worker, method: 'reload' },
  release: { revision: '7', text: 'text', files: [] },
};
const up = (pid: number, master: number, loadsOurFile = true): HaproxyState => ({
  kind: 'up',
  processes: {
    master: { pid: master, reloads: 1, failed: 0, version: '2.6.12' },
    workers: [pid],
    oldWorkers: [],
  },
  worker: { pid, startTicks: 5 },
  configFiles: undefined,
  loadsOurFile,
});
const down: HaproxyState = { kind: 'down', reason: 'no socket' };
const facts = (haproxy: HaproxyState, fileHash: string | undefined): DriftFacts => ({
  haproxy,
  fileHash,
  isOurFile: undefined,
  damagedFiles: [],
  good,
  held: undefined,
});
const settled: DriftRecord = observeDrift(NO_DRIFT, facts(up(11, 10), 'ab'), {
  file: FILE,
  at: 'one',
}).record;
const find = (record: DriftRecord, seen: DriftFacts): readonly unknown[] =>
  observeDrift(record, seen, { file: FILE, at: 'two' }).record.present.map(({ kind, what }) => [kind, what]);

describe('findings', () => {
  it.each<[string, DriftFacts, readonly unknown[]]>([
    ['nothing', facts(up(11, 10), 'ab'), []],
    ['an edit', facts(up(11, 10), 'cd'), [['file-edited', FILE]]],
    ['a missing file', facts(up(11, 10), undefined), [['file-missing', FILE]]],
    [
      'files beside it',
      {
        ...facts(up(11, 10), 'ab'),
        damagedFiles: [
          { path: '/a', isMissing: true },
          { path: '/b', isMissing: false },
        ],
      },
      [
        ['file-missing', '/a'],
        ['file-edited', '/b'],
      ],
    ],
    ['a reload', facts(up(12, 10), 'ab'), [['haproxy-reloaded', 'HAProxy']]],
    ['a restart', facts(up(12, 20), 'ab'), [['haproxy-restarted', 'HAProxy']]],
    ['a stop', facts(down, 'ab'), [['haproxy-stopped', 'HAProxy']]],
    [
      'a start without our file',
      facts(up(12, 20, false), 'ab'),
      [
        ['haproxy-restarted', 'HAProxy'],
        ['file-not-loaded', FILE],
      ],
    ],
  ])('%s', (_what, seen, found) => expect(find(settled, seen)).toEqual(found));

  it('finds nothing while neither a ledger nor an earlier observation says what should be', () => {
    const unknown = { ...facts(up(12, 20), 'cd'), good: undefined };
    expect(find({ ...settled, master: undefined }, unknown)).toEqual([]);
  });

  it('in the first observation only an edited file is drift, if the ledger names the worker', () => {
    expect(find(NO_DRIFT, facts(up(12, 20), 'cd'))).toEqual([]);
    expect(find(NO_DRIFT, facts(up(11, 10), 'cd'))).toEqual([['file-edited', FILE]]);
  });

  it('a file that somebody else wrote before this agent started is drift, also while HAProxy is down', () => {
    const stopped = ['haproxy-stopped', 'HAProxy'];
    const found = [false, true].map((isOurFile) => find(NO_DRIFT, { ...facts(down, 'cd'), isOurFile }));
    expect(found).toEqual([[['file-edited', FILE], stopped], [stopped]]);
  });

  it('the file that a pass wrote is the one that should be there, although the ledger names another', () => {
    expect(find({ ...settled, fileHash: 'cd' }, facts(up(11, 10), 'cd'))).toEqual([]);
    expect(find({ ...settled, fileHash: 'cd' }, facts(up(11, 10), 'ab'))).toEqual([['file-edited', FILE]]);
  });

  it('names servers that are held by hand, also if an observation lists none, and none of a stopped HAProxy', () => {
    const held = [{ backend: 'shop', name: 'worker-a', state: 'drain' }] as const;
    const { record } = observeDrift(settled, { ...facts(up(11, 10), 'ab'), held }, { file: FILE, at: 'two' });
    expect(find(record, facts(up(11, 10), 'ab'))).toEqual([['server-drain', 'shop/worker-a']]);
    expect(find(record, facts(down, 'ab'))).toEqual([['haproxy-stopped', 'HAProxy']]);
  });

  it('tells an edited file from what an operator did to HAProxy', () => {
    const of = (seen: DriftFacts): boolean =>
      isFileEdited(observeDrift(settled, seen, { file: FILE, at: 'two' }).record);
    expect([of(facts(up(11, 10), 'cd')), of(facts(up(11, 10), undefined))]).toEqual([true, true]);
    expect([of(facts(down, 'ab')), of(facts(up(12, 10), 'ab'))]).toEqual([false, false]);
  });
});

describe('compareDriftFindings', () => {
  const edited = { kind: 'file-edited', what: FILE } as const;
  const drained = { kind: 'server-drain', what: 'shop/worker-a' } as const;

  it('keeps the time of what was known, and says what began and what ended', () => {
    const first = compareDriftFindings([], [edited], 'one');
    expect(first).toEqual({ present: first.begun, begun: [{ ...edited, since: 'one' }], ended: [] });
    const second = compareDriftFindings(first.present, [edited, drained], 'two');
    expect(second.present).toEqual([
      { ...edited, since: 'one' },
      { ...drained, since: 'two' },
    ]);
    expect(second.begun).toEqual([{ ...drained, since: 'two' }]);
    const third = compareDriftFindings(second.present, [drained], 'three');
    expect(third.ended).toEqual([{ ...edited, since: 'one', endedAt: 'three' }]);
    expect(third.begun).toEqual([]);
  });
});
