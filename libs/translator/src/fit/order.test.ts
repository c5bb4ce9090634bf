import { serviceKey } from '@kubefigurator/config-model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propertyRuns } from '../testing/property-runs.ts';
import type { Candidate } from './candidates.ts';
import { NO_LOAD } from './load.ts';
import { candidatesInFairOrder } from './order.ts';

function candidate(namespace: string, service: string, characters: number, place = 0): Candidate {
  return { namespace, service, ports: [], place, load: { ...NO_LOAD, characters } };
}

const weightOf = ({ load: { characters } }: Candidate): number => characters;
const ordered = (candidates: readonly Candidate[]): readonly Candidate[] =>
  candidatesInFairOrder(candidates, ({ characters }) => characters);

describe('the order in which Services are left out', () => {
  it('takes the largest of a namespace first', () => {
    const candidates = [3, 9, 1, 5].map((size) => candidate('shop', `s${size}`, size));
    expect(ordered(candidates).map(weightOf)).toEqual([9, 5, 3, 1]);
  });

  it('takes from the namespace that takes most, until it takes no more than the next one', () => {
    const many = [4, 4, 4, 4].map((size, index) => candidate('many', `s${index}`, size, index));
    expect(ordered([candidate('one', 'large', 9), ...many]).map(serviceKey)).toEqual([
      ...['many/s3', 'many/s2', 'one/large', 'many/s1', 'many/s0'],
    ]);
  });

  it('takes the small Service of an honest namespace last, beside 1,000 of another', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => candidate('many', `s${index}`, 1));
    expect(
      ordered([candidate('honest', 'web', 2), ...many])
        .slice(0, 998)
        .map(serviceKey),
    ).not.toContain('honest/web');
  });

  it('takes the youngest first among equal ones of one namespace, whatever their names', () => {
    const byAge = ['b', 'c', 'a'].map((service, place) => candidate('shop', service, 1, place));
    for (const candidates of [byAge, byAge.toReversed()])
      expect(ordered(candidates).map(({ service }) => service)).toEqual(['a', 'c', 'b']);
  });

  it('takes the youngest first among equal namespaces, whatever their names', () => {
    const byAge = ['b', 'c', 'a'].map((namespace, place) => candidate(namespace, 'web', 1, place));
    for (const candidates of [byAge, byAge.toReversed()])
      expect(ordered(candidates).map(serviceKey)).toEqual(['a/web', 'c/web', 'b/web']);
  });

  it('takes the youngest first among those that need nothing of what there is too much of', () => {
    const byAge = ['b', 'c', 'a'].map((service, place) => candidate('shop', service, 0, place));
    expect(ordered(byAge).map(({ service }) => service)).toEqual(['a', 'c', 'b']);
  });

  it('takes a larger one before a younger one', () => {
    const candidates = [candidate('shop', 'old', 2, 0), candidate('shop', 'young', 1, 1)];
    expect(ordered(candidates).map(({ service }) => service)).toEqual(['old', 'young']);
  });
});

const { seed, numRuns } = propertyRuns();

it(`is fair, ${numRuns} from seed ${seed}: no namespace keeps more than one that loses something would have with it`, () => {
  const sizes = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 1, max: 50 })), {
    minLength: 1,
    maxLength: 30,
  });
  const several = sizes.map((list) =>
    list.map(([namespace, size], index) => candidate(namespace, `s${index}`, size)),
  );
  fc.assert(
    fc.property(several, fc.nat(), (candidates, number) => {
      const order = ordered(candidates);
      expect(new Set(order)).toEqual(new Set(candidates));
      const left = order.slice(0, number % (order.length + 1));
      const kept = order.slice(left.length);
      const keeps = (namespace: string): number =>
        kept.filter((each) => each.namespace === namespace).reduce((sum, each) => sum + weightOf(each), 0);
      for (const { namespace } of kept)
        for (const lost of left)
          expect(keeps(namespace)).toBeLessThanOrEqual(keeps(lost.namespace) + weightOf(lost));
    }),
    { seed, numRuns },
  );
});
