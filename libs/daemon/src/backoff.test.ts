import { describe, expect, it } from 'vitest';
import { createBackoff, delay } from './backoff.ts';

describe('createBackoff', () => {
  it('doubles up to the maximum, with jitter down to half, and starts again after reset', () => {
    for (const [random, waits] of [
      [0.999999, [100, 200, 400, 500, 500]],
      [0, [50, 100, 200, 250, 250]],
    ] as const) {
      const backoff = createBackoff({ minMs: 100, maxMs: 500 }, () => random);
      expect(waits.map(() => backoff.next())).toEqual(waits);
      backoff.reset();
      expect(backoff.next()).toBe(waits[0]);
    }
  });
});

describe('delay', () => {
  it('resolves after the time, or if the signal is aborted', async () => {
    const stop = new AbortController();
    const began = performance.now();
    const waiting = delay(60_000, stop.signal);
    stop.abort();
    await waiting;
    await delay(60_000, stop.signal);
    await delay(5);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});
