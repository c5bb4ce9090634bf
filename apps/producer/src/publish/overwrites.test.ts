import { Writable } from 'node:stream';
import { createLogger } from '@kubefigurator/daemon';
import type { Reading } from '@kubefigurator/etcd-store';
import { expect, it } from 'vitest';
import { createOverwriteLog, recordOverwrite } from './overwrites.ts';

function waits(times: readonly number[]): number[] {
  let earlier: readonly number[] = [];
  return times.map((now) => {
    const { times: recorded, waitMs } = recordOverwrite(earlier, now);
    earlier = recorded;
    return waitMs;
  });
}

it('waits from the sixth overwrite in a minute on, each time twice as long, and at most ten seconds', () => {
  const times = Array.from({ length: 12 }, (_, index) => index);
  expect(waits(times)).toEqual([0, 0, 0, 0, 0, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
});

it('forgets an overwrite after a minute', () => {
  expect(waits([0, 1, 2, 3, 4, 60_000])).toEqual([0, 0, 0, 0, 0, 0]);
  expect(waits([0, 1, 2, 3, 4, 59_999])).toEqual([0, 0, 0, 0, 0, 500]);
});

it('logs each foreign text once until it is replaced, and again if it comes back', async () => {
  const logged: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      logged.push((JSON.parse(chunk.toString()) as { msg: string }).msg);
      done();
    },
  });
  const log = createLogger({ level: 'info', format: 'json', stream, journal: false });
  const overwriteLog = createOverwriteLog({ key: '/config', log, signal: new AbortController().signal });
  const missing = (atRevision: string): Reading => ({ kind: 'missing', key: '/config', atRevision });
  for (let pass = 0; pass < 20; pass += 1) await overwriteLog.found(missing(String(pass)));
  expect(logged).toEqual(['foreign-text.found']);
  overwriteLog.replaced('21');
  await overwriteLog.found(missing('22'));
  expect(logged).toEqual(['foreign-text.found', 'foreign-text.replaced', 'foreign-text.found']);
});
