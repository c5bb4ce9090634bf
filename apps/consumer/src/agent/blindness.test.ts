import { Writable } from 'node:stream';
import { createLogger } from '@kubefigurator/daemon';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createBlindness } from './blindness.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function setUp(): {
  readonly lines: () => string[];
  readonly changes: () => number;
  readonly blindness: ReturnType<typeof createBlindness>;
} {
  let text = '';
  let changes = 0;
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk);
      done();
    },
  });
  const log = createLogger({ level: 'info', format: 'json', stream, journal: false });
  const blindness = createBlindness({
    log,
    signal: new AbortController().signal,
    onChange: () => (changes += 1),
  });
  return { lines: () => text.split('\n').filter((line) => line !== ''), changes: () => changes, blindness };
}

it('is blind from the start, and logs that at growing intervals, after ten minutes at a higher level', () => {
  const { lines, changes, blindness } = setUp();
  expect(blindness.since()).toMatch(/^20\d\d-/);
  vi.advanceTimersByTime(59_000);
  expect(lines()).toHaveLength(0);
  vi.advanceTimersByTime(2_000);
  expect(lines()).toHaveLength(1);
  // 1, 3, 7, 15, 31 minutes.
  vi.advanceTimersByTime(31 * 60_000);
  expect(lines()).toHaveLength(5);
  const levels = lines().map((line) => (JSON.parse(line) as { level: unknown }).level);
  expect(new Set(levels.slice(0, 3)).size).toBe(1);
  expect(levels[3]).not.toEqual(levels[0]);
  expect(changes()).toBe(0);
});

it('logs nothing and counts no seconds while etcd is heard', () => {
  const { lines, changes, blindness } = setUp();
  blindness.hear({ connected: true, lastProofOfLife: performance.now() });
  expect([blindness.since(), blindness.seconds(), changes()]).toEqual([undefined, 0, 1]);
  vi.advanceTimersByTime(3_600_000);
  expect(lines()).toHaveLength(0);
});

it('begins anew with each loss, counted from the last sign of life', () => {
  const { lines, changes, blindness } = setUp();
  blindness.hear({ connected: true, lastProofOfLife: performance.now() });
  const lastProofOfLife = performance.now();
  vi.advanceTimersByTime(15_000);
  blindness.hear({ connected: false, reason: 'gone', lastProofOfLife });
  expect(blindness.seconds()).toBeCloseTo(15, 0);
  vi.advanceTimersByTime(61_000);
  expect(lines()).toHaveLength(1);
  expect(JSON.parse(lines()[0] ?? '')).toMatchObject({ msg: 'etcd-outage.continued', durationMs: 75_000 });
  expect(changes()).toBe(2);
});

it.each([
  ['warn', 61_000],
  ['error', 1_000_000],
])('logs the end at the level of the last reminder: %s', (level, ms) => {
  const { lines, blindness } = setUp();
  vi.advanceTimersByTime(ms);
  blindness.hear({ connected: true, lastProofOfLife: performance.now() });
  const last = JSON.parse(lines().at(-1) ?? '') as unknown;
  expect(last).toMatchObject({ level, msg: 'etcd-outage.ended', durationMs: ms });
  const count = lines().length;
  blindness.hear({ connected: false, reason: 'gone', lastProofOfLife: performance.now() });
  blindness.hear({ connected: true, lastProofOfLife: performance.now() });
  expect(lines(), 'no reminder, no end').toHaveLength(count);
});
