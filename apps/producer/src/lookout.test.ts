import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLookout, type Lookout } from './lookout.ts';

let listed: number | undefined;
let asked: number;
let passes: number;
let stop: AbortController;
let lookout: Lookout;
const at = (ms: number): number => performance.now() + ms;

beforeEach(() => {
  vi.useFakeTimers();
  [listed, asked, passes] = [undefined, 0, 0];
  stop = new AbortController();
  lookout = createLookout({
    signal: stop.signal,
    listedAt: () => listed,
    refresh: () => void (asked += 1),
    onTime: () => void (passes += 1),
  });
});
afterEach(() => {
  vi.useRealTimers();
});

it('starts a pass at its time, and none if nothing is expected any more', () => {
  lookout.expect({ at: at(1_000), listAfter: undefined });
  vi.advanceTimersByTime(999);
  expect(passes).toBe(0);
  vi.advanceTimersByTime(1);
  expect([passes, asked]).toEqual([1, 0]);
  lookout.expect({ at: at(1_000), listAfter: undefined });
  lookout.expect({ at: undefined, listAfter: undefined });
  vi.advanceTimersByTime(10_000);
  expect(passes).toBe(1);
});

it('has everything listed at the time that a list is waited for, and starts a pass once it is there', () => {
  const listAfter = at(5_000);
  lookout.expect({ at: undefined, listAfter });
  listed = at(1_000);
  vi.advanceTimersByTime(4_999);
  expect(asked).toBe(0);
  vi.advanceTimersByTime(2_000);
  expect([asked, passes]).toEqual([1, 0]);
  listed = performance.now();
  vi.advanceTimersByTime(500);
  expect([asked, passes]).toEqual([1, 1]);
});

it('asks again after half a minute, goes on reminding meanwhile, and ends with the program', () => {
  lookout.expect({ at: at(20_000), listAfter: at(1_000) });
  vi.advanceTimersByTime(19_000);
  expect([asked, passes]).toEqual([1, 0]);
  vi.advanceTimersByTime(1_500);
  expect(passes).toBe(1);
  lookout.expect({ at: undefined, listAfter: at(0) });
  vi.advanceTimersByTime(12_000);
  expect(asked).toBe(2);
  stop.abort();
  vi.advanceTimersByTime(100_000);
  expect([asked, passes]).toEqual([2, 1]);
});
