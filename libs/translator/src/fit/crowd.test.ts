import { expect, it } from 'vitest';
import type { Intent } from '../intent/intent.ts';
import { intent } from '../testing/fitted.ts';
import { crowdingServices } from './crowd.ts';
import { NOTHING_PUBLISHED } from './published.ts';

const wide = Array.from({ length: 10 }, (_, index) => intent(`w${index}`, [`w${index}.test`]));

function at(service: string, addresses: readonly string[], namespace = 'evil', port = 443): Intent {
  const own = intent(service, [`${service}.test`], port, namespace);
  return { ...own, bind: { ...own.bind, addresses: { kind: 'addresses', addresses } } };
}

const left = (intents: readonly Intent[], most: number): string[] =>
  crowdingServices(intents, NOTHING_PUBLISHED, most).map(({ service }) => service);

it('counts the rules of every address that are repeated at each address that somebody names', () => {
  const two = at('two', ['10.0.0.1', '10.0.0.2']);
  expect(left([...wide, two], 20)).toEqual([]);
  expect(left([...wide, two], 19)).toEqual(['two']);
});

it('leaves out those of the namespace that repeats most, the largest first', () => {
  const evil = ['a', 'b', 'c'].map((name, index) =>
    at(
      name,
      Array.from({ length: index + 2 }, (_, address) => `10.${index}.0.${address}`),
    ),
  );
  const honest = at('honest', ['10.9.0.1', '10.9.0.2', '10.9.0.3'], 'honest');
  expect(left([...wide, ...evil, honest], 85)).toEqual(['c']);
  expect(left([...wide, ...evil, honest], 50)).toEqual(['c', 'b']);
});

it('leaves out nobody on other ports, of the other family, or who listens on every address', () => {
  expect(left([...wide, at('other', ['10.0.0.1'], 'evil', 8443)], 5)).toEqual([]);
  expect(left([...wide, at('six', ['2001:db8::1'])], 5)).toEqual([]);
  expect(left(wide, 5)).toEqual([]);
});

it('leaves out all who name the same addresses: each of them keeps the rules there', () => {
  const same = ['10.0.0.1', '10.0.0.2'];
  const evil = ['a', 'b', 'c'].map((name) => at(name, same));
  expect(left([...wide, ...evil], 20)).toEqual([]);
  expect(left([...wide, ...evil, at('d', ['10.0.0.3'])], 20)).toEqual(['c', 'b', 'a']);
  expect(left([...wide, ...evil], 19)).toHaveLength(3);
});

it('leaves out nobody who is published', () => {
  const two = at('two', ['10.0.0.1', '10.0.0.2']);
  expect(crowdingServices([...wide, two], { isWhole: () => true, partOf: (own) => own }, 5)).toEqual([]);
});

it('takes little time for 3,000 Services with 16 addresses beside 3,000 on every address', () => {
  const many = Array.from({ length: 3_000 }, (_, index) => intent(`m${index}`, [`m${index}.test`]));
  const evil = many.map((_, index) =>
    at(
      `e${index}`,
      Array.from({ length: 16 }, (__, k) => `10.${index >> 8}.${index & 255}.${k}`),
    ),
  );
  const started = performance.now();
  expect(left([...many, ...evil], 50_000)).toHaveLength(2_999);
  expect(performance.now() - started).toBeLessThan(3_000);
});
