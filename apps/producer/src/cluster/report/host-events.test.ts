import type { HostStatus } from '@kubefigurator/config-model';
import type { RegisteredHost } from '@kubefigurator/etcd-store';
import type { Diagnostic } from '@kubefigurator/translator';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createHostEvents, type HostEvents } from './host-events.ts';

const AT = '2026-01-02T03:04:05.000Z';
const SHOP = { namespace: 'shop', service: 'web', port: 'https' };

/** A host that leaves the port of the shop out, for this reason, or serves it. */
function host(name: string, reason?: string, more: Partial<HostStatus> = {}): RegisteredHost {
  const status: HostStatus = {
    ...{ version: 1, host: name, startedAt: AT, versions: { consumer: '1' }, oldWorkers: 0, drift: [] },
    outcome: { kind: 'applied', summary: 'applied', at: AT, durationMs: 1 },
    leftOut: reason === undefined ? [] : [{ sources: [SHOP], message: reason }],
    leftOutCount: reason === undefined ? 0 : 1,
    ...more,
  };
  return { host: name, status: { kind: 'status', status }, isAlive: true };
}

let reported: (readonly Diagnostic[])[];
let mayReport: boolean;
let stop: AbortController;
let events: HostEvents;
const messages = (): readonly (readonly string[])[] =>
  reported.map((each) => each.map(({ message }) => message));

beforeEach(() => {
  vi.useFakeTimers();
  [reported, mayReport, stop] = [[], true, new AbortController()];
  events = createHostEvents({
    events: { report: (diagnostics) => reported.push(diagnostics) },
    mayReport: () => mayReport,
    signal: stop.signal,
    pace: { gatherMs: 1_000, longestMs: 8_000 },
  });
});
afterEach(() => {
  stop.abort();
  vi.useRealTimers();
});

it('says once on a Service that a host leaves it out, and once that it is live everywhere', async () => {
  events.notice([host('lb-1'), host('lb-2', 'certificate missing')]);
  await vi.advanceTimersByTimeAsync(1_000);
  events.notice([host('lb-1', undefined, { oldWorkers: 3 }), host('lb-2', 'certificate missing')]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(reported).toMatchObject([
    [
      {
        code: 'left-out-on-host',
        object: { kind: 'Service', namespace: 'shop', name: 'web' },
        port: 'https',
      },
    ],
  ]);
  expect(messages()).toEqual([['left out on lb-2: certificate missing']]);
  events.notice([host('lb-1'), host('lb-2')]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(messages()).toHaveLength(2);
  expect(reported[1]).toEqual([]);
  const port = { object: { kind: 'Service', namespace: 'shop', name: 'web' }, port: 'https' } as const;
  expect(events.liveOn(port)).toBe('live on 2 of 2 hosts');
  events.notice([host('lb-1'), { ...host('lb-2'), isAlive: false }]);
  expect(events.liveOn(port)).toBe('live on 1 of 2 hosts');
});

it('says nothing about hosts that leave nothing out', async () => {
  events.notice([host('lb-1'), host('lb-2')]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(reported).toEqual([]);
});

it('is one Event for 200 hosts that leave a Service out one after the other', async () => {
  const names = Array.from({ length: 200 }, (_each, index) => `lb-${String(index).padStart(3, '0')}`);
  for (let done = 1; done <= 200; done += 1) {
    events.notice(names.map((name, index) => host(name, index < done ? 'gone' : undefined)));
    await vi.advanceTimersByTimeAsync(4);
  }
  await vi.advanceTimersByTimeAsync(60_000);
  expect(messages()).toEqual([['left out on lb-000, lb-001, lb-002 and 197 more: gone']]);
});

it('waits longer and longer while a host goes to and fro', async () => {
  for (let second = 0; second < 60; second += 1) {
    events.notice([host('lb-1', second % 2 === 0 ? `gone ${String(second)}` : undefined)]);
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(reported.length).toBeLessThan(12);
});

it('believes a host that was restarted, is dead or can’t be read what it said before', async () => {
  events.notice([host('lb-1', 'gone')]);
  await vi.advanceTimersByTimeAsync(1_000);
  const restarted = host('lb-1');
  if (restarted.status?.kind !== 'status') throw new Error('no status');
  const { versions, startedAt, oldWorkers, drift } = restarted.status.status;
  const first = { ...{ versions, startedAt, oldWorkers, drift }, leftOut: [], leftOutCount: 0 };
  const status = { version: 1, host: 'lb-1', ...first } as const;
  events.notice([{ ...restarted, status: { kind: 'status', status } }]);
  events.notice([{ host: 'lb-1', status: { kind: 'unreadable', reason: 'is not JSON' }, isAlive: false }]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(messages()).toHaveLength(1);
});

it('says nothing while this producer does not publish, and what is true once it does', async () => {
  mayReport = false;
  events.notice([host('lb-1', 'gone')]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(reported).toEqual([]);
  events.notice([host('lb-1', 'broken')]);
  mayReport = true;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(messages()).toEqual([['left out on lb-1: broken']]);
});

it('lets no control character of a host through', async () => {
  events.notice([host('lb\u001b[2J', 'gone\u0007\n')]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(messages()).toEqual([['left out on lb?[2J: gone??']]);
});
