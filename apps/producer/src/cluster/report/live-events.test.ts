import type { HostStatus } from '@kubefigurator/config-model';
import type { RegisteredHost } from '@kubefigurator/etcd-store';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLiveEvents, type LiveEvent, type LiveEvents } from './live-events.ts';
import type { PublishedService } from './live-reports.ts';

const AT = '2026-01-02T03:04:05.000Z';

function host(name: string, revision: string, more: Partial<HostStatus> = {}): RegisteredHost {
  const status: HostStatus = {
    ...{ version: 1, host: name, startedAt: AT, versions: { consumer: '1' }, oldWorkers: 0, drift: [] },
    seen: { revision, hash: 'h' },
    outcome: { kind: 'applied', summary: 'applied', at: AT, durationMs: 1 },
    ...{ leftOut: [], leftOutCount: 0 },
    ...more,
  };
  return { host: name, status: { kind: 'status', status }, isAlive: true };
}

const web = (revision: string, name = 'web'): PublishedService => ({ namespace: 'shop', name, revision });

let events: LiveEvent[];
let mayReport: boolean;
let stop: AbortController;
let live: LiveEvents;
const notes = (): readonly string[] => events.map(({ note }) => note);

beforeEach(() => {
  vi.useFakeTimers();
  [events, mayReport, stop] = [[], true, new AbortController()];
  live = createLiveEvents({
    write: (event) => events.push(event),
    mayReport: () => mayReport,
    patienceMs: 30_000,
    signal: stop.signal,
  });
});
afterEach(() => {
  stop.abort();
  vi.useRealTimers();
});

it('says once that a Service is live on all hosts, and nothing for heartbeats', async () => {
  live.notice([host('lb-1', '6'), host('lb-2', '6')]);
  live.published([web('7')]);
  await vi.advanceTimersByTimeAsync(300);
  live.notice([host('lb-1', '7'), host('lb-2', '6')]);
  expect(events).toEqual([]);
  await vi.advanceTimersByTimeAsync(100);
  for (let beat = 0; beat < 5; beat += 1) live.notice([host('lb-1', '7'), host('lb-2', '8')]);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(events).toEqual([
    {
      kind: 'live',
      namespace: 'shop',
      name: 'web',
      note: 'live on 2 of 2 hosts, 0.4 s after its publication',
    },
  ]);
});

it('names the hosts on which it is late, and none that is dead', async () => {
  live.notice([host('lb-1', '7'), host('lb\u001b2', '6'), { ...host('lb-3', '6'), isAlive: false }]);
  live.published([web('7')]);
  await vi.advanceTimersByTimeAsync(31_000);
  expect(events).toMatchObject([{ kind: 'not-live' }]);
  expect(notes()).toEqual(['live on 1 of 3 hosts, not on lb?2, 30 s after its publication']);
});

it('says nothing of a Service that a host leaves out, which another Event says', async () => {
  const leftOut = [{ sources: [{ namespace: 'shop', service: 'web', port: 'a' }], message: 'no file' }];
  live.published([web('7')]);
  live.notice([host('lb-1', '7'), host('lb-2', '7', { leftOut, leftOutCount: 1 })]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(events).toEqual([]);
});

it('writes at most one Event of a Service in a minute, and fewer while it goes on changing', async () => {
  for (let second = 0; second < 600; second += 1) {
    const revision = String(10 + second);
    live.published([web(revision)]);
    live.notice([host('lb-1', revision)]);
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(events).toHaveLength(4);
});

it('makes no storm of a change of very many', async () => {
  live.published(Array.from({ length: 5_000 }, (_, index) => web('7', `web-${String(index)}`)));
  live.notice([host('lb-1', '7')]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(events).toHaveLength(20);
});

it('says nothing while it may not, and nothing old after it', async () => {
  mayReport = false;
  live.published([web('7')]);
  live.notice([host('lb-1', '6')]);
  await vi.advanceTimersByTimeAsync(40_000);
  mayReport = true;
  await vi.advanceTimersByTimeAsync(40_000);
  expect(events).toEqual([]);
});

it('waits for hosts, and gives up if there are none', async () => {
  live.published([web('7')]);
  await vi.advanceTimersByTimeAsync(40_000);
  live.notice([host('lb-1', '7')]);
  expect(events).toEqual([]);
});
