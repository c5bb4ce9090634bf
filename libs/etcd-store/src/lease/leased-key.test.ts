import { beforeEach, expect, it } from 'vitest';
import { holdLeasedKey, type HeldKey } from './leased-key.ts';

let clock: number;
let puts: string[];
let news: string[];
let failure: string | undefined;
let checks: string[];
let reports: unknown[];
let key: HeldKey;

beforeEach(() => {
  [clock, puts, checks, news, failure, reports] = [0, [], [], [], undefined, []];
  key = holdLeasedKey(
    {
      put: (id) => {
        if (failure !== undefined) return Promise.reject(failure);
        puts.push(id);
        return Promise.resolve();
      },
      check: (id) => {
        if (failure !== undefined) return Promise.reject(failure);
        checks.push(id);
        return Promise.resolve();
      },
      onPut: ({ id, isNew }) => news.push(`${id}${isNew ? ' new' : ''}`),
      report: (error) => {
        reports.push(error);
        return error === 'denied';
      },
    },
    { beatMs: 10_000, verifyMs: 300_000, deniedMs: 60_000 },
    () => clock,
  );
});

it('puts the key once on each lease, and reports the new lease', async () => {
  for (const id of ['a', 'a', 'b', 'b']) await key.settle(id);
  expect(puts).toEqual(['a', 'b']);
  expect(news).toEqual(['a new', 'b new']);
});

it('puts the key again after the time of its verification', async () => {
  await key.settle('a');
  clock = 300_001;
  await key.settle('a');
  expect(news).toEqual(['a new', 'a']);
});

it('waits after a failure, and says how long', async () => {
  failure = 'unreachable';
  await key.settle('a');
  expect(key.retryInMs()).toBeGreaterThanOrEqual(500);
  expect(key.retryInMs()).toBeLessThanOrEqual(1_000);
  failure = undefined;
  await key.settle('a');
  expect(puts).toEqual([]);
  clock = 1_001;
  await key.settle('a');
  expect(puts).toEqual(['a']);
  expect(key.retryInMs()).toBe(Infinity);
});

it('waits long after a denial, also on a new lease, and reports the recovery', async () => {
  failure = 'denied';
  await key.settle('a');
  expect(key.retryInMs()).toBe(60_000);
  failure = undefined;
  await key.settle('b');
  expect(puts).toEqual([]);
  clock = 60_000;
  await key.settle('b');
  expect(puts).toEqual(['b']);
  expect(reports).toEqual(['denied', undefined]);
});

it('checks the key at each beat in which no put is due', async () => {
  for (const id of ['a', 'a', 'a', 'b', 'b']) await key.settle(id);
  expect(puts).toEqual(['a', 'b']);
  expect(checks).toEqual(['a', 'a', 'b']);
});

it('puts the key again after a check that failed', async () => {
  await key.settle('a');
  failure = 'unreachable';
  await key.settle('a');
  expect(key.retryInMs()).toBeLessThanOrEqual(1_000);
  failure = undefined;
  clock = 1_001;
  await key.settle('a');
  expect(puts).toEqual(['a', 'a']);
  expect(reports).toEqual([undefined, 'unreachable', undefined]);
});
