import { describe, expect, it } from 'vitest';
import type { NameHolder } from './name-index.ts';
import { createNameIndex } from './name-index.ts';

type Entry = readonly [namespace: string, name: string, isShared?: boolean];

/** `<kind> <name> of <namespace>`, or nothing. */
function collisionOf(entries: readonly Entry[], [namespace, name]: Entry): string | undefined {
  const names = [...entries.map(([, own]) => own), name];
  const index = createNameIndex(names.filter((each) => each.startsWith('.')));
  for (const [owner, own, isShared = false] of entries) {
    index.add(own, { source: { namespace: owner, service: 's', port: 'p' }, at: '*:443', rank: 0 }, isShared);
  }
  const found = index.collision(name, namespace);
  return found && `${found.kind} ${found.name} of ${found.holder.source.namespace}`;
}

describe('a name of another namespace', () => {
  it.each<[string, readonly Entry[], Entry, string]>([
    ['the same', [['a', 'x.org']], ['b', 'x.org'], 'same x.org of a'],
    ['the same wildcard', [['a', '.x.org']], ['b', '.x.org'], 'same .x.org of a'],
    ['the same wildcard, though shared', [['a', '.x.org', true]], ['b', '.x.org'], 'same .x.org of a'],
    ['a wildcard above', [['a', '.x.org']], ['b', 'y.x.org'], 'above .x.org of a'],
    ['a wildcard far above', [['a', '.org']], ['b', 'z.y.x.org'], 'above .org of a'],
    ['a wildcard above a wildcard', [['a', '.x.org']], ['b', '.y.x.org'], 'above .x.org of a'],
    ['a name below', [['a', 'y.x.org']], ['b', '.x.org'], 'below y.x.org of a'],
    ['a name far below', [['a', 'z.y.x.org']], ['b', '.org'], 'below z.y.x.org of a'],
    ['a wildcard below', [['a', '.y.x.org']], ['b', '.x.org'], 'below .y.x.org of a'],
    [
      'below a wildcard that the asking one shares only now',
      [['a', 'y.x.org']],
      ['b', '.x.org'],
      'below y.x.org of a',
    ],
    [
      'the second of several',
      [
        ['b', 'y.x.org'],
        ['b', 'z.x.org'],
        ['a', 'a.x.org'],
      ],
      ['b', '.x.org'],
      'below a.x.org of a',
    ],
    [
      'a closed wildcard above a shared one',
      [
        ['a', '.org'],
        ['b', '.x.org', true],
      ],
      ['c', 'y.x.org'],
      'above .org of a',
    ],
    [
      'the third namespace with one name',
      [
        ['b', 'x.org'],
        ['c', 'x.org'],
      ],
      ['b', 'x.org'],
      'same x.org of c',
    ],
  ])('stands in the way: %s', (_what, entries, asked, expected) => {
    expect(collisionOf(entries, asked)).toBe(expected);
  });

  it.each<[string, readonly Entry[], Entry]>([
    ['of the same namespace', [['a', 'x.org']], ['a', 'x.org']],
    ['a wildcard of the same namespace', [['a', '.x.org']], ['a', 'y.x.org']],
    ['a name below one of the same namespace', [['a', 'y.x.org']], ['a', '.x.org']],
    ['that only ends alike', [['a', '.x.org']], ['b', 'yx.org']],
    ['the domain of a wildcard itself', [['a', '.x.org']], ['b', 'x.org']],
    ['a wildcard below a name', [['a', 'x.org']], ['b', '.x.org']],
    ['a sibling', [['a', '.y.x.org']], ['b', '.z.x.org']],
    ['a shorter one', [['a', 'y.x.org']], ['b', 'x.org']],
    ['a shared wildcard above', [['a', '.x.org', true]], ['b', 'y.x.org']],
    ['a shared wildcard above a wildcard', [['a', '.x.org', true]], ['b', '.y.x.org']],
    [
      'below a wildcard that its namespace shares',
      [
        ['a', '.x.org', true],
        ['b', 'y.x.org'],
      ],
      ['a', '.x.org'],
    ],
    ['with the name of a property', [['a', 'constructor.org']], ['b', '__proto__.org']],
  ])('leaves it alone: %s', (_what, entries, asked) => {
    expect(collisionOf(entries, asked)).toBeUndefined();
  });

  it('is found in the time that its labels take, however many names there are', () => {
    const index = createNameIndex(['.apps.example.com']);
    const holder = (namespace: string): NameHolder => ({
      source: { namespace, service: 's', port: 'p' },
      at: '*:443',
      rank: 0,
    });
    const started = performance.now();
    for (let number = 0; number < 100_000; number += 1) {
      index.add(`s${number}.apps.example.com`, holder(`n${number % 5000}`), false);
    }
    for (let number = 0; number < 100_000; number += 1)
      index.collision('.apps.example.com', `n${number % 5000}`);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
