import { expect, it } from 'vitest';
import { createReloadBudget } from './reload-budget.ts';

function budget(): {
  readonly clock: { at: number };
  readonly reloads: ReturnType<typeof createReloadBudget>;
} {
  const clock = { at: 1_000 };
  return { clock, reloads: createReloadBudget({ burst: 3, intervalMs: 2_000 }, () => clock.at) };
}

it('lets a burst go at once, then one in each interval', () => {
  const { clock, reloads } = budget();
  for (let count = 0; count < 3; count += 1) {
    expect(reloads.waitMs(0)).toBe(0);
    reloads.spend();
  }
  expect(reloads.waitMs(0)).toBe(2_000);
  clock.at += 500;
  expect(reloads.waitMs(0)).toBe(1_500);
  clock.at += 1_500;
  expect(reloads.waitMs(0)).toBe(0);
  reloads.spend();
  expect(reloads.waitMs(0)).toBe(2_000);
});

it('is full again after silence, and never fuller', () => {
  const { clock, reloads } = budget();
  for (let count = 0; count < 3; count += 1) reloads.spend();
  clock.at += 3_600_000;
  for (let count = 0; count < 3; count += 1) reloads.spend();
  expect(reloads.waitMs(0)).toBe(2_000);
});

it('backs off while old workers pile up, but not for ever', () => {
  const { clock, reloads } = budget();
  expect(reloads.waitMs(50)).toBe(0);
  reloads.spend();
  expect(reloads.waitMs(7)).toBe(0);
  expect(reloads.waitMs(8)).toBe(4_000);
  expect(reloads.waitMs(9)).toBe(8_000);
  expect(reloads.waitMs(500)).toBe(60_000);
  clock.at += 4_000;
  expect(reloads.waitMs(8)).toBe(0);
});

it('waits ever longer after a reload that failed, at most a minute, and no more after one that worked', () => {
  const { clock, reloads } = budget();
  const waits = [];
  for (let count = 0; count < 4; count += 1) {
    reloads.spend();
    reloads.ended('no new worker');
    waits.push(reloads.waitMs(0));
    expect(reloads.failure()).toBe('no new worker');
    clock.at += 60_000;
  }
  expect(waits).toEqual([15_000, 30_000, 60_000, 60_000]);
  reloads.spend();
  reloads.ended(undefined);
  expect([reloads.waitMs(0), reloads.failure()]).toEqual([0, undefined]);
});
