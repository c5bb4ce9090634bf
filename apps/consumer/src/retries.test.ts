import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Refusal } from './retries.ts';
import { createRetries } from './retries.ts';

const HOUR = 3_600_000;
const refusal: Refusal = { blame: [], subject: 'no certificate', limits: { minMs: HOUR, maxMs: HOUR } };

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => vi.useRealTimers());

function create(causes: () => string): { retries: ReturnType<typeof createRetries>; tries: () => number } {
  let tries = 0;
  const again = (): void => void (tries += 1);
  const retries = createRetries({ again, causesOf: () => Promise.resolve(causes()), lookMs: 1000 });
  return { retries, tries: () => tries };
}

it('tries again as soon as a cause changes, and not before', async () => {
  let file = 'ENOENT';
  const { retries, tries } = create(() => file);
  retries.wait(refusal);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(tries()).toBe(0);
  file = 'there';
  await vi.advanceTimersByTimeAsync(1000);
  expect(tries()).toBe(1);
});

it('the refusal again, for the cause as it is now, waits for the next change', async () => {
  let file = 'ENOENT';
  const { retries, tries } = create(() => file);
  retries.wait(refusal);
  await vi.advanceTimersByTimeAsync(0);
  file = 'half of it';
  await vi.advanceTimersByTimeAsync(1000);
  retries.wait(refusal);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(tries()).toBe(1);
  file = 'all of it';
  await vi.advanceTimersByTimeAsync(1000);
  expect(tries()).toBe(2);
});

it('a change between two passes with the same refusal is seen by the next look', async () => {
  let file = 'ENOENT';
  const { retries, tries } = create(() => file);
  retries.wait(refusal);
  await vi.advanceTimersByTimeAsync(0);
  retries.pause();
  file = 'there';
  retries.wait(refusal);
  await vi.advanceTimersByTimeAsync(0);
  expect(tries()).toBe(1);
});

it('passes in between don’t put the next try off', async () => {
  const { retries, tries } = create(() => 'the same');
  for (let minutes = 0; minutes < 60; minutes += 5) {
    retries.wait(refusal);
    await vi.advanceTimersByTimeAsync(300_000);
  }
  expect(tries()).toBe(1);
});

it('waits longer each time for one trouble, and begins anew for another', async () => {
  const limits = { minMs: 1000, maxMs: HOUR };
  const { retries, tries } = create(() => 'the same');
  const timeOf = async (subject: string): Promise<number> => {
    const before = tries();
    const started = performance.now();
    retries.wait({ ...refusal, subject, limits });
    while (tries() === before) await vi.advanceTimersByTimeAsync(100);
    return performance.now() - started;
  };
  const waits = [];
  for (let round = 0; round < 6; round += 1) waits.push(await timeOf('one'));
  expect(waits.at(-1)).toBeGreaterThan(15_000);
  expect(await timeOf('another')).toBeLessThanOrEqual(1100);
});

it('forgets, and says nothing while it pauses', async () => {
  const { retries, tries } = create(() => 'the same');
  retries.wait({ ...refusal, limits: { minMs: 1000, maxMs: 1000 } });
  retries.pause();
  await vi.advanceTimersByTimeAsync(HOUR);
  retries.forget();
  await vi.advanceTimersByTimeAsync(HOUR);
  expect(tries()).toBe(0);
});

it('goes by the clock where the causes can’t be seen', async () => {
  let tries = 0;
  const causesOf = (): Promise<string> => Promise.reject(new Error('EPERM'));
  const retries = createRetries({ again: () => void (tries += 1), causesOf, lookMs: 1000 });
  retries.wait({ ...refusal, limits: { minMs: 5000, maxMs: 5000 } });
  await vi.advanceTimersByTimeAsync(5000);
  expect(tries).toBe(1);
});
