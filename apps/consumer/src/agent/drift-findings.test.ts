import { describe, expect, it } from 'vitest';
import type { Expected } from './drift-findings.ts';
import { compareFindings, findDrift } from './drift-findings.ts';
import type { HostView } from '../host/host-view.ts';

const FILE = '/etc/haproxy/dynamic.cfg';
const worker = { pid: 11, startTicks: 5 };
const expected: Expected = { file: FILE, fileHash: 'ab', worker, master: 10 };
const up = (pid: number, master: number, loadsOurFile = true): HostView['haproxy'] => ({
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

describe('findDrift', () => {
  it.each<[string, HostView, readonly unknown[]]>([
    ['nothing', { haproxy: up(11, 10), fileHash: 'ab' }, []],
    ['an edit', { haproxy: up(11, 10), fileHash: 'cd' }, [{ kind: 'file-edited', what: FILE }]],
    ['a missing file', { haproxy: up(11, 10), fileHash: undefined }, [{ kind: 'file-missing', what: FILE }]],
    ['a reload', { haproxy: up(12, 10), fileHash: 'ab' }, [{ kind: 'haproxy-reloaded', what: 'HAProxy' }]],
    ['a restart', { haproxy: up(12, 20), fileHash: 'ab' }, [{ kind: 'haproxy-restarted', what: 'HAProxy' }]],
    [
      'a stop',
      { haproxy: { kind: 'down', reason: 'no socket' }, fileHash: 'ab' },
      [{ kind: 'haproxy-stopped', what: 'HAProxy' }],
    ],
    [
      'a start without our file',
      { haproxy: up(12, 20, false), fileHash: 'ab' },
      [
        { kind: 'haproxy-restarted', what: 'HAProxy' },
        { kind: 'file-not-loaded', what: FILE },
      ],
    ],
  ])('sees %s', (_what, view, found) => {
    expect(findDrift(expected, view, [])).toEqual(found);
  });

  it('judges nothing that it has no expectation of', () => {
    const unknown: Expected = { file: FILE, fileHash: undefined, worker: undefined, master: undefined };
    expect(findDrift(unknown, { haproxy: up(12, 20), fileHash: 'cd' }, [])).toEqual([]);
  });

  it('names the servers that are held by hand', () => {
    const held = [{ backend: 'shop', name: 'worker-a', state: 'drain' }] as const;
    const found = findDrift(expected, { haproxy: up(11, 10), fileHash: 'ab' }, held);
    expect(found).toEqual([{ kind: 'server-drain', what: 'shop/worker-a' }]);
  });
});

describe('compareFindings', () => {
  const edited = { kind: 'file-edited', what: FILE } as const;
  const drained = { kind: 'server-drain', what: 'shop/worker-a' } as const;

  it('keeps the time of what was known, and tells what is new and what is over', () => {
    const first = compareFindings([], [edited], 'one');
    expect(first).toEqual({ present: first.begun, begun: [{ ...edited, since: 'one' }], ended: [] });
    const second = compareFindings(first.present, [edited, drained], 'two');
    expect(second.present).toEqual([
      { ...edited, since: 'one' },
      { ...drained, since: 'two' },
    ]);
    expect(second.begun).toEqual([{ ...drained, since: 'two' }]);
    const third = compareFindings(second.present, [drained], 'three');
    expect(third.ended).toEqual([{ ...edited, since: 'one', endedAt: 'three' }]);
    expect(third.begun).toEqual([]);
  });
});
