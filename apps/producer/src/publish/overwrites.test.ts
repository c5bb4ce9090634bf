import { expect, it } from 'vitest';
import { recordOverwrite } from './overwrites.ts';

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
