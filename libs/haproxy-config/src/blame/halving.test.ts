import { sourceKey } from '@kubefigurator/config-model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FreshPort } from './fresh-ports.ts';
import type { Halving } from './halving.ts';
import {
  halvingAfterSuccess,
  halvingAfterRefusal,
  beginHalving,
  isHalvingOver,
  portsLeftOutBy,
  MOST_HALVINGS,
  unresolvedSuspects,
  halvingWithoutPorts,
} from './halving.ts';

const ports = (count: number): FreshPort[] =>
  Array.from({ length: count }, (_, index) => ({
    namespace: 'n',
    service: `s${String(index).padStart(4, '0')}`,
    port: 'p',
    isNew: true,
  }));

interface Found {
  readonly guilty: readonly string[];
  readonly unresolved: number;
  readonly checks: number;
}

/** Searches among `count` Services; HAProxy refuses each candidate with one of the bad ones, or everything. */
function search(count: number, bad: readonly number[], refusesAll = false): Found | 'what runs is refused' {
  const fresh = ports(count);
  const isBad = new Set(bad.map((index) => sourceKey(fresh[index] as FreshPort)));
  let halving: Halving | undefined = beginHalving(fresh);
  let checks = 0;
  while (halving !== undefined && !isHalvingOver(halving)) {
    const out = new Set(portsLeftOutBy(halving).map(sourceKey));
    const isRefused =
      refusesAll || fresh.some((port) => isBad.has(sourceKey(port)) && !out.has(sourceKey(port)));
    halving = isRefused ? halvingAfterRefusal(halving) : halvingAfterSuccess(halving);
    checks += 1;
  }
  if (halving === undefined) return 'what runs is refused';
  const guilty = halving.guilty.flatMap(({ ports: own }) => own.map(({ service }) => service));
  return { guilty, checks, unresolved: unresolvedSuspects(halving).length };
}

describe('a search by halves', () => {
  it.each<[number, readonly number[], number]>([
    [1, [0], 1],
    [2, [1], 1],
    [2, [0], 3],
    [100, [77], 9],
    [1000, [0], 12],
    [1000, [999], 10],
    [100, [3, 90], 18],
    [1000, [400, 600], 24],
  ])('among %i Services finds the bad ones %j with at most %i checks', (count, bad, most) => {
    const found = search(count, bad);
    const names = bad.map((index) => ports(count)[index]?.service);
    expect(found).toMatchObject({ guilty: names, unresolved: 0 });
    expect((found as Found).checks).toBeLessThanOrEqual(most);
  });

  it('ends soon if HAProxy refuses what runs, too, and does not begin if no port is new or changed', () => {
    expect(search(1000, [], true)).toBe('what runs is refused');
    expect(beginHalving([])).toBeUndefined();
  });

  it('finds exactly the bad ones, or ends and says what it hasn’t come to (property)', () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.uniqueArray(fc.nat(59), { minLength: 1, maxLength: 12 }),
      (count, anywhere) => {
        const bad = [...new Set(anywhere.map((index) => index % count))].sort((a, b) => a - b);
        const found = search(count, bad) as Found;
        const names = bad.map((index) => ports(count)[index]?.service);
        expect(found.checks).toBeLessThanOrEqual(MOST_HALVINGS);
        expect(names).toEqual(expect.arrayContaining([...found.guilty]));
        if (found.unresolved === 0) expect(found.guilty).toEqual(names);
      },
    );
    fc.assert(property, { seed: 20261127, numRuns: 300 });
  });

  it('a port that was named meanwhile is not searched any more', () => {
    const [first, ...others] = ports(4);
    const begun = beginHalving(ports(4)) as Halving;
    const left = halvingWithoutPorts(begun, [first as FreshPort]);
    expect(left.groups.flatMap(({ suspects }) => suspects)).toHaveLength(3);
    expect(halvingWithoutPorts(left, others).groups).toEqual([]);
  });
});
