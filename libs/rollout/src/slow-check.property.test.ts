import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { SimulatedHost } from './testing/simulated-host.ts';
import type { TenantPort } from './testing/tenants.ts';
import { checkOf, portName, tenantsText } from './testing/tenants.ts';

/** Random tenants on a machine that may be busy with other tests. */
vi.setConfig({ testTimeout: 60_000 });

const SEED = 20261127;
/** The first check, a search whose last step may take a minute more, and a check of what is left. */
const LONGEST_PASS_MS = 60_000 + 180_000 + 60_000 + 60_000;
const HALF_AN_HOUR_MS = 1_800_000;
/** Three tries: what is new is one Service, so that the second check shows that it is at fault. */
const SLOW_IN_HALF_AN_HOUR = 3;

interface Costs {
  readonly baseMs: number;
  readonly slowMs: number;
}

function hostWith(ports: readonly TenantPort[], { baseMs, slowMs }: Costs): SimulatedHost {
  const host = new SimulatedHost({ reloads: { burst: 1_000, intervalMs: 1 } });
  host.behaviour.check = checkOf;
  host.behaviour.checkMs = (text) => baseMs + slowMs * (text.split('/slow\n').length - 1);
  expect(host.pass(tenantsText('1', ports)).outcome).toMatchObject({ kind: 'applied', leftOut: [] });
  return host;
}

const runsVersion = (host: SimulatedHost, port: TenantPort): boolean =>
  host.runs?.includes(
    `backend ${portName(port)}\n  option httpchk GET /\n  retries ${port.version ?? 3}\n`,
  ) === true;

const port = (namespace: string, index: number, more: Partial<TenantPort> = {}): TenantPort => ({
  ...{ namespace, service: `s${index}`, port: 'p', isShared: index % 2 === 0, ...more },
});
const many = (namespace: string, count: number, more: Partial<TenantPort> = {}): TenantPort[] =>
  Array.from({ length: count }, (_, index) => port(namespace, index, more));

const costs = fc.record({
  baseMs: fc.integer({ min: 100, max: 20_000 }),
  slowMs: fc.integer({ min: 500, max: 80_000 }),
});

describe("new Services with which HAProxy's check doesn't end in time", () => {
  it('keep no change of others from being served, and the pass ends in time (property)', () => {
    const property = fc.property(
      costs,
      fc.integer({ min: 2, max: 6 }),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 12 }),
      (cost, honest, evil, perService) => {
        const before = many('honest', honest);
        const host = hostWith([...before, ...many('evil', 1)], cost);
        const slow = many('evil', evil, { fault: 'slow' }).map((each, index) => ({
          ...each,
          service: `new${Math.floor(index / perService)}`,
          port: `p${index}`,
        }));
        const changed = before.map((each) => ({ ...each, version: 7 }));
        const newcomer = port('other', 0);
        const reading = tenantsText('2', [...changed, ...many('evil', 1), ...slow, newcomer]);
        const beganAt = host.now;
        const { outcome } = host.pass(reading);
        expect(outcome).toMatchObject({ kind: 'applied' });
        expect(host.now - beganAt).toBeLessThan(LONGEST_PASS_MS);
        for (const each of changed) expect(runsVersion(host, each)).toBe(true);
        // The next change waits for no search.
        const later = changed.map((each) => ({ ...each, version: 8 }));
        const laterAt = host.now;
        host.pass(tenantsText('3', [...later, ...many('evil', 1), ...slow, newcomer]));
        for (const each of later) expect(runsVersion(host, each)).toBe(true);
        expect(host.now - laterAt).toBeLessThanOrEqual(60_000);
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 150 });
  });

  it('are tried again late, and a new one that is not slow is served', () => {
    const before = many('honest', 4);
    const host = hostWith(before, { baseMs: 500, slowMs: 90_000 });
    const newcomer = port('other', 0);
    const reading = tenantsText('2', [...before, port('evil', 0, { fault: 'slow' }), newcomer]);
    host.pass(reading);
    expect(runsVersion(host, newcomer)).toBe(true);
    const { checkMs } = host.behaviour;
    let slow = 0;
    host.behaviour.checkMs = (text) => {
      if (checkMs(text) > 60_000) slow += 1;
      return checkMs(text);
    };
    host.live(reading, HALF_AN_HOUR_MS);
    expect({ slow, isServed: runsVersion(host, newcomer) }).toEqual({
      slow: SLOW_IN_HALF_AN_HOUR,
      isServed: true,
    });
  });

  it('a Service that runs and becomes slow is found, and the changes of others are served', () => {
    const before = [...many('honest', 6), port('evil', 0)];
    const host = hostWith(before, { baseMs: 500, slowMs: 90_000 });
    const changed = many('honest', 6).map((each) => ({ ...each, version: 7 }));
    host.pass(tenantsText('2', [...changed, port('evil', 0, { fault: 'slow' })]));
    for (const each of changed) expect(runsVersion(host, each)).toBe(true);
  });

  it('a text of which the part that runs is too slow already is rejected, and what runs goes on', () => {
    const before = many('honest', 3);
    const host = hostWith(before, { baseMs: 500, slowMs: 500 });
    const served = host.runs;
    host.behaviour.checkMs = () => 90_000;
    const { outcome } = host.pass(tenantsText('2', [...before, port('new', 0)]));
    expect(outcome).toMatchObject({ kind: 'rejected', stage: 'check' });
    expect(host.runs).toBe(served);
  });
});
