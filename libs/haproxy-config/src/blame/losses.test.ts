import { expect, it } from 'vitest';
import { parseConfigText } from '../parse/config-text.ts';
import { hostTrouble } from './losses.ts';

/** A text with a bind for each port, which is written `namespace/service/port`. */
const textOf = (ports: readonly string[]): ReturnType<typeof parseConfigText> =>
  parseConfigText(
    ports
      .map((each, index) => {
        const [namespace, service, port] = each.split('/');
        return `# service: ${namespace}/${service} port: ${port}\nfrontend f${index}\n  bind *:${9000 + index}\n`;
      })
      .join(''),
  );
const many = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

it.each<[string, { served: readonly string[]; lost: readonly string[]; fresh?: readonly string[] }]>([
  [
    'one namespace loses all of its ports, and had most of all ports',
    { served: [...many('evil/a/p', 40), 'shop/a/p', 'pay/a/p'], lost: many('evil/a/p', 40) },
  ],
  ['one of two namespaces does', { served: [...many('evil/s/p', 9), 'shop/a/p'], lost: many('evil/s/p', 9) }],
  [
    'two of four namespaces do',
    {
      served: [...many('evil/a/p', 9), ...many('bad/a/p', 9), 'shop/a/p', 'pay/a/p'],
      lost: [...many('evil/a/p', 9), ...many('bad/a/p', 9)],
    },
  ],
  [
    'the only namespace that is served does, and another one is new',
    { served: many('evil/s/p', 9), lost: many('evil/s/p', 8), fresh: ['shop/a/p'] },
  ],
  [
    'one Service has most ports of the only namespace',
    { served: [...many('n/a/p', 9), 'n/b/p'], lost: many('n/a/p', 9) },
  ],
  ['one port is lost', { served: ['n/a/p'], lost: ['n/a/p'] }],
])('is no trouble of the host if %s', (_what, { served, lost, fresh = [] }) => {
  const whole = textOf([...served, ...fresh]);
  const rest = textOf([...served, ...fresh].filter((port) => !lost.includes(port)));
  expect(hostTrouble({ running: textOf(served), whole }, rest)).toBeUndefined();
});

it.each<[string, { served: readonly string[]; lost: readonly string[] }, string]>([
  [
    'most namespaces lose their ports',
    { served: ['a/a/p', 'b/a/p', 'c/a/p'], lost: ['a/a/p', 'b/a/p'] },
    '2 of 3 ports served now, of 2 of 3 namespaces,',
  ],
  [
    'all namespaces lose most of their ports',
    { served: [...many('a/a/p', 5), ...many('b/a/p', 5)], lost: [...many('a/a/p', 4), ...many('b/a/p', 4)] },
    '8 of 10 ports served now, of 2 of 2 namespaces,',
  ],
  [
    'most Services of the only namespace do',
    { served: ['n/a/p', 'n/b/p', 'n/c/p'], lost: ['n/a/p', 'n/b/p'] },
    '2 of 3 ports served now, of 2 of 3 Services,',
  ],
])('is trouble of the host if %s', (_what, { served, lost }, words) => {
  const rest = textOf(served.filter((port) => !lost.includes(port)));
  const reason = hostTrouble({ running: textOf(served), whole: textOf(served) }, rest);
  expect(reason).toBe(`${words} would be lost, which looks like trouble of this host`);
});

it('a port that the candidate no longer has is not lost', () => {
  const losable = { running: textOf(['a/a/p', 'b/a/p', 'c/a/p']), whole: textOf(['c/a/p']) };
  expect(hostTrouble(losable, textOf(['c/a/p']))).toBeUndefined();
});
