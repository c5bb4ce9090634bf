import { expect, it } from 'vitest';
import { compareInventories } from './losses.ts';
import { inventory, type Routes } from './testing/inventories.ts';

const ids = (before: Routes, after: Routes): string[] =>
  compareInventories(inventory(before), inventory(after)).hosts.map(
    ({ id, taken }) => `${taken ? 'taken ' : ''}${id}`,
  );

it.each<[string, Routes, Routes, string[]]>([
  ['nothing', { '*:443 a.org': 'shop/web' }, { '*:443 a.org': 'shop/web' }, []],
  [
    'a host',
    { '*:443 a.org': 'shop/web', '*:443 b.org': 'shop/web' },
    { '*:443 b.org': 'shop/web' },
    ['*:443 a.org shop/web/http'],
  ],
  ['a renamed port', { '*:443 a.org': 'shop/web/http' }, { '*:443 a.org': 'shop/web/https' }, []],
  [
    'another port of the bind',
    { '*:443 a.org': 'shop/web' },
    { '*:444 a.org': 'shop/web' },
    ['*:443 a.org shop/web/http'],
  ],
  [
    'a host that another Service has now',
    { '*:443 a.org': 'shop/web' },
    { '*:443 a.org': 'shop/new' },
    ['taken *:443 a.org shop/web/http'],
  ],
  [
    'an address whose requests every address takes',
    { '10.0.0.1:443 a.org': 'shop/web', '*:443 a.org': 'shop/web' },
    { '*:443 a.org': 'shop/web' },
    [],
  ],
  [
    'an address of the other family',
    { '[2001:db8::1]:443 a.org': 'shop/web' },
    { '*:443 a.org': 'shop/web' },
    ['[2001:db8::1]:443 a.org shop/web/http'],
  ],
  [
    'every other request',
    { '*:443 *': 'shop/web', '*:443 a.org': 'shop/api' },
    { '*:443 a.org': 'shop/api' },
    ['*:443 * shop/web/http'],
  ],
])('finds what is lost: %s', (_what, before, after, lost) => expect(ids(before, after)).toEqual(lost));

it('is no loss if a Service goes on in another mode', () => {
  const before = inventory({ '*:443 a.org': 'shop/web', '*:443 b.org': 'shop/api' });
  const after = inventory({ '*:443 *': 'shop/web' }, [], 'tcp');
  expect(compareInventories(before, after).hosts.map(({ id }) => id)).toEqual(['*:443 b.org shop/api/http']);
});

it('knows everything from nearly everything', () => {
  const before = inventory({ '*:443 a.org': 'shop/web', '*:443 b.org': 'shop/api' });
  const isEverything = (routes: Routes): boolean =>
    compareInventories(before, inventory(routes)).isEverything;
  expect(isEverything({})).toBe(true);
  expect(isEverything({ '*:443 x.org': 'other/cluster' })).toBe(true);
  expect(isEverything({ '*:443 b.org': 'shop/api' })).toBe(false);
  expect(isEverything({ '*:443 c.org': 'shop/web' })).toBe(false);
  expect(isEverything({ '*:443 a.org': 'new/web', '*:443 b.org': 'new/api' })).toBe(false);
});

it('compares the servers of a backend by their names, also under the name of another port', () => {
  const before = inventory({ '*:443 a.org': 'shop/web/http' }, ['n1', 'n2', 'n3']);
  const lost = (port: string, servers: readonly string[]): unknown =>
    compareInventories(before, inventory({ '*:443 a.org': `shop/web/${port}` }, servers)).servers.map(
      ({ successor, names, kept }) => [successor.port, names, kept],
    );
  expect(lost('http', ['n3', 'n1', 'n2'])).toEqual([]);
  expect(lost('http', ['n1', 'n4'])).toEqual([['http', ['n2', 'n3'], 1]]);
  expect(lost('https', ['n2'])).toEqual([['https', ['n1', 'n3'], 1]]);
  expect(compareInventories(before, inventory({})).servers).toEqual([]);
  expect(
    compareInventories(before, inventory({ '*:443 a.org': 'shop/web/http' }, ['n9'])).isEveryServer,
  ).toBe(true);
});
