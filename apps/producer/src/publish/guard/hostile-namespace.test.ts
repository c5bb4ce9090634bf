import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareInventories } from './losses.ts';
import { inventory, type Routes } from './testing/inventories.ts';
import { binds, judge, names, namespacesHeld, type Text } from './testing/judged.ts';

describe('a namespace that removes much itself', () => {
  it.each<[string, Routes, Routes, string[]]>([
    [
      'most of the host names, while another one removes a few',
      { ...names('evil', 60), ...names('shop', 40) },
      names('shop', 37),
      ['evil'],
    ],
    [
      'most of the host names, while others lose a tenth of many',
      { ...names('evil', 600), ...names('shop', 200), ...names('blog', 200) },
      { ...names('shop', 180), ...names('blog', 180) },
      ['evil'],
    ],
    [
      'most of the binds, while another one removes one',
      { ...names('shop', 90), ...binds('evil', 8), '*:7000 *': 'shop/tcp' },
      names('shop', 90),
      ['evil'],
    ],
    [
      'most of the host names, and a list lacks others as well',
      { ...names('evil', 60), ...names('shop', 40) },
      names('shop', 30),
      ['evil', 'shop'],
    ],
    [
      'all of the host names of the others are gone too, however few',
      { ...names('evil', 60), ...names('shop', 2) },
      names('new', 3),
      ['evil', 'shop'],
    ],
    ['much, and there are no others', names('shop', 10), names('shop', 2), ['shop']],
  ])('%s', (_what, before, after, held) =>
    expect(namespacesHeld(judge(inventory(before), inventory(after)).verdict)).toEqual(held),
  );

  it('never has the removals of others held, whatever its share, as long as they remove little: 1,000 from seed 20261', () => {
    const numbers = fc.tuple(
      fc.integer({ min: 1, max: 80 }),
      fc.integer({ min: 5, max: 40 }),
      fc.nat(80),
      fc.nat(3),
    );
    const property = fc.property(numbers, ([evil, shop, gone, few]) => {
      const before = inventory({ ...names('evil', evil), ...names('shop', shop) });
      const after = inventory({ ...names('evil', Math.max(0, evil - gone)), ...names('shop', shop - few) });
      // Whoever removes more than the other one, waits for itself.
      fc.pre(Math.min(evil, gone) > few && few <= shop / 2);
      expect(namespacesHeld(judge(before, after).verdict).filter((name) => name === 'shop')).toEqual([]);
    });
    fc.assert(property, { seed: 20_261, numRuns: 1_000 });
  });

  it("leaves the new names of others under guard, which a list in doubt doesn't", () => {
    const before = { ...names('evil', 60), ...names('shop', 4) };
    const after = { ...names('shop', 4), ...names('blog', 8) };
    const own = judge(inventory(before), inventory(after));
    expect([own.verdict.isInDoubt, own.memory.fresh.size]).toEqual([false, 0]);
    const all = judge(inventory(before), inventory(names('blog', 8)));
    expect(all.verdict.isInDoubt).toBe(true);
    expect(all.memory.fresh.size).toBe(8);
  });
});

describe('a namespace whose own backend loses its servers', () => {
  const before = { '*:443 evil.org': 'evil/web', '*:443 a.org': 'shop/a', '*:443 b.org': 'shop/b' };
  /** The Service of the tenant has a server of its own, and the others have three Nodes. */
  const text = (routes: Routes, servers: readonly string[]): Text => {
    const all = inventory(routes, ['n1', 'n2', 'n3']);
    const backends = new Map(all.backends);
    backends.set('k8s-service_evil_web_http_backend', { servers });
    return { ...all, backends };
  };

  it('has nothing but its own servers held, so that others remove and take what they like', () => {
    const after = { '*:443 evil.org': 'evil/web', '*:443 a.org': 'shop/new', '*:443 b.org': 'shop/b' };
    const { verdict, memory } = judge(text(before, ['n1']), text(after, ['n2']));
    expect(verdict.held).toMatchObject([{ service: 'evil/web', hosts: [], servers: [{ names: ['n1'] }] }]);
    expect([verdict.isInDoubt, memory.fresh.size]).toEqual([false, 0]);
  });

  it('has nothing else held, also if its Node is gone for everybody', () => {
    const { verdict } = judge(
      text(before, ['n9']),
      text({ '*:443 evil.org': 'evil/web', '*:443 a.org': 'shop/a' }, ['n1']),
    );
    expect(verdict.held).toMatchObject([{ service: 'evil/web', hosts: [] }]);
  });

  it('is no reason to pass a list that lacks most Nodes', () => {
    const lacking = { '*:443 evil.org': 'evil/web', '*:443 a.org': 'shop/a', '*:443 b.org': 'evil/taker' };
    const many = inventory(before, ['n1', 'n2', 'n3', 'n4', 'n5']);
    const { verdict } = judge(many, inventory(lacking, ['n1', 'n2']));
    expect(verdict.isInDoubt).toBe(true);
    expect(verdict.held.filter(({ hosts }) => hosts.length > 0)).toMatchObject([{ service: 'shop/b' }]);
    const few = judge(many, inventory(lacking, ['n1', 'n2', 'n3']));
    expect(few.verdict.held).toEqual([]);
  });
});

describe('a namespace that asks for what is held of others', () => {
  const shop = { ...names('shop', 5), ...names('blog', 5) };
  it('gets no host name by it, however many it asks for', () => {
    const before = inventory(shop);
    const first = judge(before, inventory(names('shop', 2)));
    expect(first.verdict.held).toHaveLength(8);
    const asked = Object.fromEntries(Object.keys(shop).map((route) => [route, 'evil/taker']));
    const { verdict } = judge(before, inventory({ ...asked, ...names('shop', 2) }), first.memory);
    expect(verdict.held).toHaveLength(8);
  });

  it('gets no bind by it', () => {
    const many = { ...names('shop', 50), ...binds('shop', 4), '*:7000 *': 'blog/a', '*:7001 *': 'blog/b' };
    const before = inventory(many);
    const first = judge(before, inventory(names('shop', 50)));
    expect(first.verdict.held).toHaveLength(6);
    const asked = {
      ...names('shop', 50),
      ...Object.fromEntries(Object.keys(binds('shop', 4)).map((at) => [at, 'evil/t'])),
    };
    const { verdict } = judge(before, inventory({ ...asked, '*:7000 *': 'evil/t' }), first.memory);
    expect(verdict.held).toHaveLength(6);
  });

  it('gets what nobody holds any more', () => {
    const before = inventory(shop);
    const { memory } = judge(before, inventory(names('shop', 2)));
    const back = judge(before, inventory(shop), memory);
    const taken = { ...shop, '*:443 blog1.org': 'evil/taker' };
    expect(judge(before, inventory(taken), back.memory).verdict.held).toEqual([]);
  });
});

it('is a loss if the one who takes a host has no server, while there was one', () => {
  const before = inventory({ '*:443 a.org': 'shop/a' });
  const taken = (servers: readonly string[], from = before): (boolean | undefined)[] =>
    compareInventories(from, inventory({ '*:443 a.org': 'shop/new' }, servers)).hosts.map(
      (host) => host.taken,
    );
  expect(taken([])).toEqual([false]);
  expect(taken(['n1'])).toEqual([true]);
  expect(taken([], inventory({ '*:443 a.org': 'shop/a' }, []))).toEqual([true]);
});
