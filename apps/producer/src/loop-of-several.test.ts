import type { ClusterSnapshot } from '@kubefigurator/translator';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { service } from './pace/testing/services.ts';
import type { Part } from './publish/leadership.ts';
import { ALONE } from './publish/testing/alone.ts';
import { type StartedLoop, startProducerLoop } from './testing/producer-loop.ts';

// One of several producers for one path; whether it leads is what the test says, not an election.

let snapshot: ClusterSnapshot;
let part: Part;
let stop: AbortController;
let started: StartedLoop;

const write = (hostname: string): void => {
  snapshot = { services: [service('evil/web', { hostname }), service('shop/web')], nodes: [] };
};
async function pass(as: Part): Promise<void> {
  const { passes } = started.loop.status();
  part = as;
  started.loop.trigger('leader');
  await vi.waitFor(() => expect(started.loop.status().passes).toBe(passes + 1), { timeout: 3_000 });
}

beforeEach(() => {
  stop = new AbortController();
  write('e0.example.com');
  started = startProducerLoop({
    snapshot: () => snapshot,
    leadership: {
      ...ALONE,
      // As in the election, a producer begins once.
      part: () => {
        const now = part;
        if (now === 'begin') part = 'lead';
        return Promise.resolve(now);
      },
    },
    signal: stop.signal,
    sizeWarning: 0.000_001,
  });
});
afterEach(async () => {
  stop.abort();
  await started.loop.done;
});

it('publishes and shows nothing while another one leads, and shows the text again once it leads', async () => {
  const shown = async (): Promise<boolean> =>
    /text_limits_near [1-9]/.test(await started.metrics.metrics.text());
  await pass('begin');
  expect(await shown()).toBe(true);
  write('e1.example.com');
  await pass('follow');
  expect(started.store.text()).not.toContain('e1.example.com');
  expect(await shown()).toBe(false);
  write('e0.example.com');
  await pass('begin');
  expect(await shown()).toBe(true);
});

it('publishes all changes when it begins, also if its first publications fail', async () => {
  await pass('begin');
  for (const hostname of ['e1.example.com', 'e2.example.com', 'e3.example.com']) {
    write(hostname);
    await pass('lead');
  }
  expect(started.store.text()).not.toContain('e3.example.com');
  let failures = 0;
  started.store.beforeWrite = () => {
    if ((failures += 1) < 3) throw new Error('etcd is away');
  };
  await pass('begin');
  await vi.waitFor(() => expect(failures).toBe(3), { timeout: 5_000 });
  expect(started.store.text()).toContain('e3.example.com');
  expect(started.pacer.waiting()).toBe(0);
});
