import { expect, it } from 'vitest';
import type { ReloadBudget } from './reload-budget.ts';
import {
  forgetReloadFailure,
  fullReloadBudget,
  reloadWaitMs,
  spendReload,
  UNLIMITED,
} from './reload-budget.ts';

const LIMITS = { burst: 3, intervalMs: 2_000 };
const START = 1_000;

const wait = (budget: ReloadBudget, now: number, oldWorkers = 0, text = 'new'): number =>
  reloadWaitMs(budget, LIMITS, { text, oldWorkers }, now);
const spend = (budget: ReloadBudget, now: number, failure?: string): ReloadBudget =>
  spendReload(budget, LIMITS, { text: 'old', beganAt: now, failure });
const spent = (times: number): ReloadBudget =>
  Array.from({ length: times }).reduce<ReloadBudget>(
    (budget) => spend(budget, START),
    fullReloadBudget(LIMITS, START),
  );

it('lets a burst go at once, then one in each interval', () => {
  for (let count = 0; count < LIMITS.burst; count += 1) expect(wait(spent(count), START)).toBe(0);
  expect(wait(spent(3), START)).toBe(2_000);
  expect(wait(spent(3), START + 500)).toBe(1_500);
  expect(wait(spent(3), START + 2_000)).toBe(0);
  expect(wait(spend(spent(3), START + 2_000), START + 2_000)).toBe(2_000);
});

it('is full again after silence, and never fuller', () => {
  const later = START + 3_600_000;
  let budget = spent(3);
  for (let count = 0; count < 3; count += 1) budget = spend(budget, later);
  expect(wait(budget, later)).toBe(2_000);
});

it('waits longer while old workers pile up, at most a minute', () => {
  expect(wait(fullReloadBudget(LIMITS, START), START, 50)).toBe(0);
  const budget = spent(1);
  expect([7, 8, 9, 500].map((old) => wait(budget, START, old))).toEqual([0, 4_000, 8_000, 60_000]);
  expect(wait(budget, START + 4_000, 8)).toBe(0);
});

it('waits ever longer after reloads that failed, and not after one that worked or once a person asks', () => {
  let budget = fullReloadBudget(LIMITS, START);
  const waits = [1, 2, 3, 4, 5, 6].map((round) => {
    const now = START + round * 3_600_000;
    budget = spend(budget, now, 'no new worker');
    return [wait(budget, now, 0, 'new'), wait(budget, now, 0, 'old')];
  });
  expect(waits).toEqual([
    [15_000, 15_000],
    [30_000, 30_000],
    [60_000, 60_000],
    [60_000, 120_000],
    [60_000, 240_000],
    [60_000, 300_000],
  ]);
  expect(wait(forgetReloadFailure(budget), START + 7 * 3_600_000)).toBe(0);
  expect(spend(budget, START + 7 * 3_600_000)).toMatchObject({ failures: 0, failure: undefined });
});

it('a single pass waits for nothing', () => {
  const budget = spendReload(fullReloadBudget(UNLIMITED, 0), UNLIMITED, {
    text: 'old',
    beganAt: 0,
    failure: undefined,
  });
  expect(reloadWaitMs(budget, UNLIMITED, { text: 'new', oldWorkers: 30 }, 0)).toBe(0);
});
