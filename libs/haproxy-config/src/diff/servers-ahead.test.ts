import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseConfigText } from '../parse/config-text.ts';
import type { ParsedText } from '../parse/config-text.ts';
import { planApply } from './plan.ts';
import { withServersOf } from './servers-ahead.ts';

function parsed(text: string): ParsedText {
  return { text, config: parseConfigText(text) };
}

interface Backend {
  readonly name: string;
  readonly balance: string;
  readonly servers: readonly string[];
}

function textOf(backends: readonly Backend[]): string {
  const rules = backends.map(({ name }) => `  use_backend ${name} if { req.hdr(host) -m str ${name} }`);
  const sections = backends.map(({ name, balance, servers }) => {
    const lines = servers.map((server) => `  server ${server} 10.0.0.1:${String(30_000 + server.length)}`);
    return [
      '',
      `# service: default/${name} port: web`,
      `backend ${name}`,
      `  balance ${balance}`,
      ...lines,
    ].join('\n');
  });
  return ['# header', '', 'frontend web', '  bind :80', ...rules, ...sections, ''].join('\n');
}

const backends = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    balance: fc.constantFrom('roundrobin', 'leastconn', 'source'),
    servers: fc.uniqueArray(fc.constantFrom('x', 'y', 'zz')),
  }),
  { selector: ({ name }) => name },
);

it('takes the servers of a backend that is otherwise the same, and nothing else', () => {
  const running = textOf([
    { name: 'a', balance: 'roundrobin', servers: ['x', 'y'] },
    { name: 'b', balance: 'roundrobin', servers: ['x'] },
    { name: 'c', balance: 'source', servers: ['x'] },
  ]);
  const candidate = textOf([
    { name: 'a', balance: 'roundrobin', servers: ['y', 'zz'] },
    { name: 'b', balance: 'leastconn', servers: ['y'] },
    { name: 'c', balance: 'source', servers: ['y'] },
    { name: 'd', balance: 'roundrobin', servers: ['x'] },
  ]);
  expect(withServersOf(parsed(running), parsed(candidate))?.text).toBe(
    textOf([
      { name: 'a', balance: 'roundrobin', servers: ['y', 'zz'] },
      { name: 'b', balance: 'roundrobin', servers: ['x'] },
      { name: 'c', balance: 'source', servers: ['x'] },
    ]),
  );
});

it('is undefined if there is nothing to take, also if a name occurs twice', () => {
  const one = textOf([{ name: 'a', balance: 'roundrobin', servers: ['x'] }]);
  const other = textOf([{ name: 'a', balance: 'roundrobin', servers: ['y'] }]);
  expect(withServersOf(parsed(one), parsed(one))).toBeUndefined();
  const twice = `${one}${other.slice(other.indexOf('backend a'))}`;
  expect(withServersOf(parsed(one), parsed(twice))).toBeUndefined();
  expect(withServersOf(parsed(twice), parsed(other))).toBeUndefined();
});

it('takes exactly the servers that the runtime API can change (property)', () => {
  fc.assert(
    fc.property(backends, backends, (before, after) => {
      const [running, candidate] = [parsed(textOf(before)), parsed(textOf(after))];
      const ahead = withServersOf(running, candidate);
      if (ahead === undefined) return;
      expect(planApply(running, ahead, { runtime: true }).kind).toBe('runtime');
      expect(withServersOf(ahead, candidate)).toBeUndefined();
      expect(ahead.text).toMatch(/[^\n]\n$/);
      expect(ahead.config.sections.map(({ name }) => name)).toEqual(
        running.config.sections.map(({ name }) => name),
      );
    }),
  );
});
