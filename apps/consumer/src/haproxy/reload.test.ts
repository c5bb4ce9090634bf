import { describe, expect, it } from 'vitest';
import { judgeReload, wordsOfReloadFailure } from './reload.ts';

function shown(
  reloads: number,
  failed: number,
  workers: number[],
  oldWorkers: number[] = [],
): Parameters<typeof judgeReload>[0] {
  return { master: { pid: 1, reloads, failed, version: '2.6' }, workers, oldWorkers };
}

describe('judgeReload', () => {
  it('waits while nothing has happened', () => {
    expect(judgeReload(shown(3, 0, [10]), undefined)).toBeUndefined();
    expect(judgeReload(shown(3, 0, [10]), shown(3, 0, [10]))).toBeUndefined();
    expect(judgeReload(shown(3, 1, [10]), shown(3, 1, [10]))).toBeUndefined();
  });
  it('does not count a new worker while the master shows no further reload', () => {
    expect(judgeReload(shown(3, 0, [10]), shown(3, 0, [11], [10]))).toBeUndefined();
  });
  it('takes a new worker without failures as success', () => {
    expect(judgeReload(shown(3, 1, [10]), shown(4, 0, [11], [10]))).toEqual({ kind: 'reloaded', worker: 11 });
  });
  it('takes a failure after another reload as failure, also when it is not the first', () => {
    expect(judgeReload(shown(3, 0, [10]), shown(4, 1, [10]))).toMatchObject({ kind: 'failed' });
    expect(judgeReload(shown(3, 1, [10]), shown(4, 1, [], [10]))).toMatchObject({ kind: 'failed' });
  });
});

describe('what HAProxy says of a reload that failed', () => {
  const answer = (pid: number): string =>
    [
      'Success=0',
      '--',
      `[NOTICE]   (${pid}) : haproxy version is 3.2.26`,
      `[WARNING]  (${pid}) : config : Parsing [/etc/haproxy/dynamic.cfg:10]: backend 's0' has the same name as frontend 's0'.`,
      `[ALERT]    (${pid}) : Binding [/etc/haproxy/haproxy.cfg:14] for proxy taken: cannot bind socket for [10.99.99.99:9999].`,
      '',
    ].join('\n');

  it('is its alerts, the same each time', () => {
    expect(wordsOfReloadFailure(answer(411))).toBe(
      'Binding [/etc/haproxy/haproxy.cfg:14] for proxy taken: cannot bind socket for [10.99.99.99:9999].',
    );
    expect(wordsOfReloadFailure(answer(418))).toBe(wordsOfReloadFailure(answer(411)));
  });
  it('is its whole output if there is no alert', () => {
    expect(wordsOfReloadFailure('Success=0\n--\nno room\n')).toBe('no room');
  });
});
