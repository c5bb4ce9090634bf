import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Pass } from './testing/simulated-host.ts';
import { SimulatedHost } from './testing/simulated-host.ts';
import type { TenantPort } from './testing/tenants.ts';
import { checkOf, portName, tenantsText } from './testing/tenants.ts';

/** Random tenants on a machine that may be busy with other tests. */
vi.setConfig({ testTimeout: 60_000 });

const SEED = 20261127;

function hostWith(ports: readonly TenantPort[]): SimulatedHost {
  const host = new SimulatedHost({ reloads: { burst: 1_000, intervalMs: 1 } });
  host.behaviour.check = checkOf;
  expect(host.pass(tenantsText('1', ports)).outcome).toMatchObject({ kind: 'applied', leftOut: [] });
  return host;
}

const checks = ({ decisions }: Pass): number => decisions.filter(({ kind }) => kind === 'validate').length;
const serves = (host: SimulatedHost, port: TenantPort): boolean =>
  host.runs?.includes(`backend ${portName(port)}\n`) === true;
const runsVersion = (host: SimulatedHost, port: TenantPort): boolean =>
  host.runs?.includes(
    `backend ${portName(port)}\n  option httpchk GET /\n  retries ${port.version ?? 3}\n`,
  ) === true;

/** Ports of one namespace, spread over Services with up to `perService` ports each. */
function portsOf(namespace: string, count: number, perService: number): TenantPort[] {
  return Array.from({ length: count }, (_, index) => ({
    namespace,
    service: `s${String(Math.floor(index / perService))}`,
    port: `p${String(index % perService)}`,
    isShared: index % 3 === 0,
  }));
}

const honest = fc
  .tuple(fc.integer({ min: 2, max: 4 }), fc.integer({ min: 1, max: 4 }))
  .map(([namespaces, services]) =>
    Array.from({ length: namespaces }, (_, index) => portsOf(`honest${String(index)}`, services, 1)).flat(),
  );

const named = fc.constantFrom<TenantPort['fault']>('line', 'line', 'certificate', undefined);
const anyFault = fc.constantFrom<TenantPort['fault']>('line', 'certificate', 'unnamed', undefined);

/** What hostile namespaces come with, and what they have served before. */
function hostile(
  fault: fc.Arbitrary<TenantPort['fault']>,
  mostNew: number,
  mostServed: number,
): fc.Arbitrary<{ readonly before: readonly TenantPort[]; readonly after: readonly TenantPort[] }> {
  const tenant = fc.record({
    perService: fc.integer({ min: 1, max: 30 }),
    fresh: fc.array(fault, { maxLength: mostNew }),
    // No served certificate breaks: of several on one bind line HAProxy names only the first in each check.
    served: fc.array(
      fault.map((each) => (each === 'certificate' ? 'line' : each)),
      { maxLength: mostServed },
    ),
  });
  return fc.array(tenant, { minLength: 1, maxLength: 2 }).map((tenants) => {
    const all = tenants.map(({ perService, fresh, served }, index) => {
      const faults = [...served, ...fresh];
      const ports = portsOf(`evil${String(index)}`, faults.length, perService);
      return {
        before: ports.slice(0, served.length),
        after: ports.map((port, at) => ({ ...port, fault: faults[at] })),
      };
    });
    return { before: all.flatMap(({ before }) => before), after: all.flatMap(({ after }) => after) };
  });
}

const wrong = ({ fault, isShared }: TenantPort): boolean =>
  fault !== undefined && (fault !== 'certificate' || isShared);

describe('whatever hostile Services ask for', () => {
  it('a change of an honest one is served within three checks (property)', () => {
    const property = fc.property(honest, hostile(named, 150, 40), fc.nat(), (honestPorts, evil, which) => {
      const host = hostWith([...honestPorts, ...evil.before]);
      const changed = which % honestPorts.length;
      const wanted = honestPorts.map((port, index) => (index === changed ? { ...port, version: 7 } : port));
      const newcomer: TenantPort = { namespace: 'honest0', service: 'new', port: 'p', isShared: true };
      const pass = host.pass(tenantsText('2', [...evil.after, ...wanted, newcomer]));
      expect(pass.outcome).toMatchObject({ kind: 'applied', method: 'reload' });
      expect(checks(pass)).toBeLessThanOrEqual(3);
      for (const port of [...wanted, newcomer]) expect(runsVersion(host, port)).toBe(true);
      for (const port of evil.after.filter(wrong)) expect(serves(host, port)).toBe(false);
      // What they have served and didn't spoil goes on.
      const spoilt = new Set(
        evil.after.filter(wrong).map(({ namespace, service }) => `${namespace}/${service}`),
      );
      for (const port of evil.before) {
        if (!spoilt.has(`${port.namespace}/${port.service}`)) expect(serves(host, port)).toBe(true);
      }
      // Nothing else changes: the next change of an honest one costs one check.
      const next = wanted.map((port, index) => (index === changed ? { ...port, version: 8 } : port));
      expect(checks(host.pass(tenantsText('3', [...evil.after, ...next, newcomer])))).toBe(1);
    });
    fc.assert(property, { seed: SEED, numRuns: 60 });
  });

  it('a pass ends and serves all honest ones, or rejects the text if several faults name nobody (property)', () => {
    const property = fc.property(honest, hostile(anyFault, 40, 10), (honestPorts, evil) => {
      const host = hostWith([...honestPorts, ...evil.before]);
      const wanted = honestPorts.map((port) => ({ ...port, version: 7 }));
      const reading = tenantsText('2', [...evil.after, ...wanted]);
      const pass = host.pass(reading);
      // The text may be rejected only if HAProxy names nobody and a search would take too many checks.
      if (pass.outcome?.kind === 'rejected') {
        expect(evil.after.filter(({ fault }) => fault === 'unnamed').length).toBeGreaterThan(2);
        expect(host.runs).toBe(tenantsText('1', [...honestPorts, ...evil.before]).published.text);
        return;
      }
      for (const port of wanted) expect(runsVersion(host, port)).toBe(true);
      for (const port of evil.after.filter(wrong)) expect(serves(host, port)).toBe(false);
    });
    fc.assert(property, { seed: SEED, numRuns: 100 });
  });

  it('Services of the same namespace that are not wrong are served, at the latest with the next tries (property)', () => {
    const property = fc.property(honest, fc.array(named, { maxLength: 12 }), (honestPorts, faults) => {
      const host = hostWith(honestPorts);
      const ports = portsOf('mixed', faults.length, 1).map((port, index) => ({
        ...port,
        fault: faults[index],
      }));
      const reading = tenantsText('2', [...honestPorts, ...ports]);
      host.pass(reading);
      host.live(reading, 15_000);
      for (const port of ports) expect(serves(host, port)).toBe(!wrong(port));
    });
    fc.assert(property, { seed: SEED, numRuns: 25 });
  });
});
