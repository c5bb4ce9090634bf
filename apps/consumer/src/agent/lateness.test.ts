import { createLogger } from '@kubefigurator/daemon';
import { captureStream } from '@kubefigurator/daemon/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createConsumerMetrics } from '../metrics.ts';
import { createLateness, type Lateness } from './lateness.ts';

const START = '2026-01-02T03:04:05.000Z';
let lateness: Lateness;
let changes: number;
let text: () => string;

beforeEach(() => {
  vi.useFakeTimers({ now: new Date(START) });
  const captured = captureStream();
  text = captured.text;
  changes = 0;
  lateness = createLateness({
    log: createLogger({ level: 'info', format: 'json', stream: captured.stream, journal: false }),
    signal: new AbortController().signal,
    onChange: () => (changes += 1),
  });
});
afterEach(() => vi.useRealTimers());

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const slowChecks = (): number => text().split('"check.slow"').length - 1;
const check = (revision: string, ms: number): Promise<void> =>
  lateness.checking(revision, () => new Promise((resolve) => setTimeout(resolve, ms)));

it('a revision whose check is slow is late after 5 s, and no more once it has an outcome', async () => {
  lateness.seen('146');
  const checked = check('146', 75_000);
  await pass(4_900);
  expect([lateness.late(), changes, slowChecks()]).toEqual([undefined, 0, 0]);
  await pass(200);
  expect(lateness.late()).toEqual({ revision: '146', since: START, checkedSince: START });
  await pass(60_000);
  expect([changes, slowChecks()]).toEqual([1, 1]);
  await pass(10_000);
  await checked;
  expect(lateness.late()).toEqual({ revision: '146', since: START });
  lateness.settled('146');
  expect(lateness.late()).toBeUndefined();
  expect(text()).toContain(`"revision":"146","since":"${START}"`);
});

it('routine changes nothing, however many changes follow each other', async () => {
  for (let revision = 1; revision <= 20; revision += 1) {
    lateness.seen(String(revision));
    await pass(1_000);
    lateness.settled(String(revision));
    lateness.seen(String(revision));
  }
  await pass(60_000);
  expect([lateness.late(), changes, slowChecks()]).toEqual([undefined, 0, 0]);
});

it('each slow check is logged once, and a newer revision that waits behind it is late by its own time', async () => {
  lateness.seen('1');
  void check('1', 8_000);
  await pass(7_000);
  lateness.seen('2');
  await pass(1_000);
  lateness.settled('1');
  expect(lateness.late()).toBeUndefined();
  void check('2', 8_000);
  await pass(4_100);
  expect(lateness.late()).toMatchObject({ revision: '2', since: '2026-01-02T03:04:12.000Z' });
  await pass(3_900);
  expect(slowChecks()).toBe(2);
});

it('an outcome settles the revisions before it, also a missing key', async () => {
  lateness.seen('1');
  lateness.seen(undefined);
  lateness.seen('2');
  await pass(6_000);
  expect(lateness.late()).toEqual({ revision: '1', since: START });
  lateness.settled(undefined);
  expect(lateness.late()).toEqual({ revision: '2', since: START });
  lateness.settled('2');
  expect(lateness.late()).toBeUndefined();
});

it('the metric in_sync is 0 while a revision is late, and 1 again after its outcome', async () => {
  const metrics = createConsumerMetrics({
    ...{ silenceSeconds: () => 0, blindSeconds: () => 0 },
    isLate: () => lateness.late() !== undefined,
  });
  const inSync = async (): Promise<string | undefined> =>
    /_in_sync (\d)$/m.exec(await metrics.registry.text())?.[1];
  metrics.applied({ kind: 'unchanged', leftOut: [] }, '1', 1);
  lateness.seen('2');
  expect(await inSync()).toBe('1');
  await pass(5_100);
  expect(await inSync()).toBe('0');
  metrics.applied({ kind: 'unchanged', leftOut: [] }, '2', 1);
  lateness.settled('2');
  expect(await inSync()).toBe('1');
});
