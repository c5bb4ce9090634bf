import type { ServiceRecord } from '@kubefigurator/translator';
import { propertyRuns } from '@kubefigurator/translator/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { admitServices, type Pace } from './admission.ts';
import { service } from './testing/services.ts';

const runs = propertyRuns();
const { seed, numRuns } = { ...runs, numRuns: runs.numRuns / 10 };
const TIMEOUT_MS = 120_000;
const LIMITS = { burst: 3, intervalMs: 1_000 };

/** A Service of a namespace is written or deleted, or nothing happens, and some time later a pass begins. */
const step = fc.record({
  namespace: fc.constantFrom('honest', 'evil', 'other'),
  name: fc.constantFrom('a', 'b', 'c'),
  hostname: fc.option(fc.constantFrom('x', 'y', 'z')),
  nodePort: fc.constantFrom(30001, 30002),
  isQuiet: fc.boolean(),
  laterMs: fc.constantFrom(0, 1, 150, 400, 1_000, 5_000),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
const steps = fc.array(step, { maxLength: 40 });

interface Passed {
  readonly at: number;
  readonly wanted: readonly ServiceRecord[];
  readonly services: readonly ServiceRecord[];
}

/** Runs a pass after each step, and those that are due for themselves. */
function run(all: readonly Step[]): readonly Passed[] {
  const objects = new Map(['honest/z', 'evil/z', 'other/z'].map((path) => [path, service(path)]));
  const passes: Passed[] = [];
  let pace: Pace | undefined;
  let now = 0;
  let dueAt: number | undefined;
  const pass = (): void => {
    const wanted = [...objects.values()];
    const { services, next, waitMs } = admitServices(pace, wanted, { limits: LIMITS, now });
    pace = next;
    dueAt = waitMs === undefined ? undefined : now + waitMs;
    passes.push({ at: now, wanted, services });
  };
  const until = (end: number): void => {
    while (dueAt !== undefined && dueAt <= end) {
      now = dueAt;
      pass();
    }
    now = end;
  };
  pass();
  for (const { namespace, name, hostname, nodePort, isQuiet, laterMs } of all) {
    const path = `${namespace}/${name}`;
    if (!isQuiet && hostname === null) objects.delete(path);
    if (!isQuiet && hostname !== null) objects.set(path, service(path, { hostname, nodePort }));
    until(now + laterMs);
    pass();
  }
  until(now + 60_000);
  return passes;
}

const demandsOf = (services: readonly ServiceRecord[], namespace: string): string =>
  services
    .filter((one) => one.namespace === namespace)
    .map((one) => JSON.stringify([one, ...one.annotations]))
    .sort()
    .join('\n');

/** When the namespace had something new published. */
function publicationsOf(passes: readonly Passed[], namespace: string): readonly number[] {
  return passes.flatMap(({ at, services }, index) => {
    const before = passes[index - 1];
    return before === undefined || demandsOf(before.services, namespace) === demandsOf(services, namespace)
      ? []
      : [at];
  });
}

it(
  `no namespace publishes more often than its burst and one in each interval (${String(numRuns)} from seed ${String(seed)})`,
  () => {
    fc.assert(
      fc.property(steps, (all) => {
        const times = publicationsOf(run(all), 'evil');
        times.forEach((from, index) => {
          for (const [further, to] of times.slice(index).entries())
            expect(further + 1).toBeLessThanOrEqual(LIMITS.burst + (to - from) / LIMITS.intervalMs + 1e-3);
        });
      }),
      { seed, numRuns },
    );
  },
  TIMEOUT_MS,
);

it(
  'a namespace with no more changes than the burst is never delayed, whatever others do',
  () => {
    fc.assert(
      fc.property(steps, (all) => {
        let left = LIMITS.burst;
        const few = all.filter(({ namespace }) => namespace !== 'honest' || (left -= 1) >= 0);
        for (const { wanted, services } of run(few))
          expect(demandsOf(services, 'honest')).toBe(demandsOf(wanted, 'honest'));
      }),
      { seed, numRuns },
    );
  },
  TIMEOUT_MS,
);

it(
  'what stands in the end is always published, and a namespace is always published as it was at one moment',
  () => {
    fc.assert(
      fc.property(steps, (all) => {
        const passes = run(all);
        const last = passes.at(-1);
        expect(new Set(last?.services)).toEqual(new Set(last?.wanted));
        const seen = new Set<string>();
        for (const { wanted, services } of passes) {
          seen.add(demandsOf(wanted, 'evil'));
          expect(seen).toContain(demandsOf(services, 'evil'));
        }
      }),
      { seed, numRuns },
    );
  },
  TIMEOUT_MS,
);
