import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { SimulatedHost } from './testing/simulated-host.ts';
import { BAD, published } from './testing/texts.ts';
import { nextWake } from './wake.ts';
import type { KeyReading } from './wanted.ts';

/** Random histories of hours on a machine that may be busy with other tests. */
vi.setConfig({ testTimeout: 60_000 });

const FIRST = published('1', { shop: ['10.0.0.1'] });
const OTHER = published('2', { shop: ['10.0.0.1'], cart: ['10.0.0.1'] });

it('looks at the host a second after a change, then every ten seconds', () => {
  const host = new SimulatedHost();
  host.pass(FIRST);
  const times = [1, 2, 3].map(() => {
    const before = host.now;
    expect(host.wake(FIRST).wake.trigger).toBe('look');
    return host.now - before;
  });
  expect(times).toEqual([1_000, 10_000, 10_000]);
});

it('wakes for a reload that waits, not for what was refused before it', () => {
  const host = new SimulatedHost({ reloads: { burst: 2, intervalMs: 2_000 } });
  host.behaviour.refuses.set('backend bad', BAD);
  host.pass(FIRST);
  host.pass(published('2', { shop: ['10.0.0.1'], bad: ['10.0.0.1'], cart: ['10.0.0.1'] }));
  host.now += 1_250;
  host.pass(FIRST);
  expect(host.memory.refusal?.dueAt).toBe(host.now + 250);
  expect(nextWake(host.memory, host.now)).toEqual({ at: host.now + 750, trigger: 'due' });
});

/** What may happen to a host, in any order. */
const EVENTS = {
  publish: (host: SimulatedHost) => host.pass(OTHER),
  unpublish: (host: SimulatedHost) => host.pass({ kind: 'missing', key: '/key' }),
  edit: (host: SimulatedHost) => void (host.onDisk = '# edited\n'),
  remove: (host: SimulatedHost) => void (host.onDisk = undefined),
  damage: (host: SimulatedHost) =>
    void (host.damagedFiles = [{ path: '/ours/a.crt-list', isMissing: false }]),
  restart: (host: SimulatedHost) => host.restart(),
  stop: (host: SimulatedHost) => void (host.behaviour.isDown = !host.behaviour.isDown),
  freeze: (host: SimulatedHost) =>
    void (host.freeze = host.freeze ? undefined : { since: 'now', by: 'alice' }),
  refuse: (host: SimulatedHost) => host.behaviour.refuses.set('backend bad', BAD),
  refuseAll: (host: SimulatedHost) => host.behaviour.refuses.set('frontend', { sources: [], message: 'all' }),
  failReloads: (host: SimulatedHost) => void (host.behaviour.reloadFailure = 'no new worker'),
  failRuntime: (host: SimulatedHost) => void (host.behaviour.runtimeFailure = 'unknown command'),
  fillDisk: (host: SimulatedHost) => void (host.behaviour.writeFailure = 'no space left'),
  crowd: (host: SimulatedHost) => void (host.behaviour.oldWorkers = 12),
  cause: (host: SimulatedHost) => void (host.behaviour.causes += '.'),
  bad: (host: SimulatedHost) => host.pass(published('4', { shop: ['10.0.0.1'], bad: ['10.0.0.1'] })),
  servers: (host: SimulatedHost) => host.pass(published('5', { shop: ['10.0.0.1', '10.0.0.2'] })),
  signal: (host: SimulatedHost) => host.pass(FIRST, 'signal'),
  renew: (host: SimulatedHost) => write(host, `renewed at ${host.now}`),
  renewBig: (host: SimulatedHost) => write(host, `big at ${host.now}`),
  expire: (host: SimulatedHost) => write(host, `expired at ${host.now}`),
  break: (host: SimulatedHost) => write(host, 'broken'),
  spoil: (host: SimulatedHost) => write(host, `odd at ${host.now}`),
  failRenewals: (host: SimulatedHost) => void (host.certificates.failure = 'unknown command'),
  throwing: (host: SimulatedHost) => host.learnThrownPass(),
  silence: (host: SimulatedHost) => host.pass(undefined, 'look'),
} as const;
type EventName = keyof typeof EVENTS;

function write(host: SimulatedHost, content: string): void {
  host.certificates.write('/ssl/shop.pem', content, host.now);
  host.pass(OTHER, 'certificate');
}

function mend(host: SimulatedHost): void {
  host.freeze = undefined;
  host.behaviour.refuses.clear();
  Object.assign(host.behaviour, {
    reloadFailure: undefined,
    runtimeFailure: undefined,
    writeFailure: undefined,
  });
  Object.assign(host.behaviour, { isDown: false, oldWorkers: 0 });
  host.certificates.failure = undefined;
  write(host, 'the last one');
}

const anyEvents = fc.array(
  fc.tuple(fc.constantFrom(...(Object.keys(EVENTS) as EventName[])), fc.integer({ min: 0, max: 40_000 })),
  { maxLength: 25 },
);
const anyPolicy = fc.record({
  jitterMs: fc.constantFrom(0, 500),
  onDrift: fc.constantFrom('repair' as const, 'report' as const),
});

it('whatever happened, a host that works again runs the text of etcd, and serves the certificates on disk, without further news', () => {
  fc.assert(
    fc.property(anyEvents, anyPolicy, (events, policy) => {
      const host = new SimulatedHost(policy);
      for (const [name, waitMs] of events) {
        EVENTS[name](host);
        host.live(OTHER, waitMs);
      }
      mend(host);
      const last: KeyReading = published('9', { shop: ['10.0.0.7'], pay: ['10.0.0.1'] });
      host.pass(last);
      host.live(last, 600_000);
      expect([host.runs, host.onDisk]).toEqual([last.published.text, last.published.text]);
      expect([host.memory.drift.present, host.damagedFiles]).toEqual([[], []]);
      expect(host.certificates.serves('/ssl/shop.pem')).toBe('the last one');
      expect(host.memory.certificates.troubles).toEqual([]);
    }),
    { numRuns: 100, seed: 20261127 },
  );
});

it('never spins: in a minute without news there are no more wake-ups than a look a second and a few due times', () => {
  fc.assert(
    fc.property(anyEvents, anyPolicy, (events, policy) => {
      const host = new SimulatedHost(policy);
      for (const [name, waitMs] of events) {
        EVENTS[name](host);
        host.live(OTHER, waitMs);
      }
      expect(host.live(OTHER, 60_000).length).toBeLessThan(110);
    }),
    { numRuns: 100, seed: 20261127 },
  );
});

it('a frozen host is never touched', () => {
  fc.assert(
    fc.property(anyEvents, (events) => {
      const host = new SimulatedHost();
      host.pass(FIRST);
      host.freeze = { since: 'now', by: 'alice' };
      for (const [name, waitMs] of events.filter(([each]) => each !== 'freeze')) {
        EVENTS[name](host);
        const before = [host.onDisk, host.runs, host.reloads, host.good, host.certificates.renewals];
        host.live(OTHER, waitMs);
        const after = [host.onDisk, host.runs, host.reloads, host.good, host.certificates.renewals];
        expect(after).toEqual(before);
      }
    }),
    { numRuns: 100, seed: 20261127 },
  );
});
