import { getHeapStatistics } from 'node:v8';
import { expect, it, vi } from 'vitest';
import { createHeapTrimmer } from './heap-trimmer.ts';

const used = (): number => getHeapStatistics().used_heap_size / 2 ** 20;

/** Makes some 60 MB of garbage that has survived collections of the young generation. */
function litter(): void {
  const kept: object[] = [];
  for (let index = 0; index < 600_000; index += 1) kept.push({ index, name: `name ${String(index)}` });
  kept.length = 0;
}

it('collects the garbage of work once there was none for a while', async () => {
  const stop = new AbortController();
  const trimmer = createHeapTrimmer({ quietMs: 10, signal: stop.signal });
  const before = used();
  litter();
  const littered = used();
  expect(littered).toBeGreaterThan(before + 20);
  trimmer.worked();
  trimmer.worked();
  await vi.waitFor(() => expect(used()).toBeLessThan(littered - 20), { timeout: 5_000 });
  expect('gc' in globalThis).toBe(false);
  stop.abort();
});

it('waits for nothing once it is stopped', () => {
  vi.useFakeTimers();
  const stop = new AbortController();
  const trimmer = createHeapTrimmer({ signal: stop.signal });
  trimmer.worked();
  expect(vi.getTimerCount()).toBe(1);
  stop.abort();
  trimmer.worked();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});
