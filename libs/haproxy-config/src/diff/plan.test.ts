import { expect, it } from 'vitest';
import { parseConfigText } from '../parse/config-text.ts';
import type { ApplyPlan } from './plan.ts';
import { planApply } from './plan.ts';

function parsed(text: string): { text: string; config: ReturnType<typeof parseConfigText> } {
  return { text, config: parseConfigText(text) };
}
function plan(before: string, after: string, runtime = true): ApplyPlan {
  return planApply(parsed(before), parsed(after), { runtime });
}
const running = parsed('# h\nfrontend a\n  bind :80\n\nbackend b\n  server x 10.0.0.1:80\n\nbackend c\n');

it('does nothing for the same text and reloads when nothing is known', () => {
  expect(planApply(running, parsed(running.text), { runtime: true })).toEqual({ kind: 'none' });
  expect(planApply(undefined, running, { runtime: true })).toMatchObject({ kind: 'reload' });
});

it('only rewrites the file if comments, spacing or the order of sections differ', () => {
  const other = parsed('backend b\n\tserver   x 10.0.0.1:80 # why\nbackend c\n# h2\nfrontend a\n bind :80\n');
  expect(planApply(running, other, { runtime: true })).toEqual({ kind: 'rewrite' });
});

it('names what differs', () => {
  const other = parsed('frontend a\n  bind :80\n\nbackend b\n  server x 10.0.0.2:80\n\nbackend d\n');
  expect(planApply(running, other, { runtime: true })).toEqual({
    kind: 'reload',
    reasons: ['backend b changed', 'backend c removed', 'backend d added'],
  });
});

const backend = (...servers: string[]): string =>
  `frontend a\n  bind :80\nbackend b\n  mode http\n  balance roundrobin\n${servers.map((line) => `  server ${line}\n`).join('')}`;

it('uses the runtime API if only servers of a dynamic backend are added, removed or moved', () => {
  const before = backend('x 10.0.0.1:80 check', 'y 10.0.0.2:80 check', 'z 10.0.0.3:80 check');
  const after = backend(
    'w [2001:db8::1]:80 check ssl verify none',
    'x 10.0.0.1:80 check',
    'y 10.0.0.9:81 check',
  );
  expect(plan(before, after)).toEqual({
    kind: 'runtime',
    reasons: ['backend b changed'],
    changes: [
      {
        kind: 'server',
        action: 'add',
        backend: 'b',
        server: { name: 'w', address: '2001:db8::1', port: 80, options: ['check', 'ssl', 'verify', 'none'] },
      },
      {
        kind: 'server',
        action: 'move',
        backend: 'b',
        server: { name: 'y', address: '10.0.0.9', port: 81, options: ['check'] },
      },
      { kind: 'server', action: 'remove', backend: 'b', name: 'z' },
    ],
  });
  expect(plan(before, after, false)).toEqual({ kind: 'reload', reasons: ['backend b changed'] });
});

it('the order of servers alone is no reason to reload', () => {
  expect(
    plan(backend('x 10.0.0.1:80', 'y 10.0.0.2:80'), backend('y 10.0.0.2:80', 'x 10.0.0.1:80')).kind,
  ).toBe('rewrite');
});

it.each([
  ['another option', backend('x 10.0.0.1:80 check'), backend('x 10.0.0.1:80')],
  [
    'another line of the backend',
    backend('x 10.0.0.1:80'),
    backend('x 10.0.0.1:80').replace('mode http', 'mode tcp'),
  ],
  [
    'a static algorithm',
    backend('x 10.0.0.1:80').replace('roundrobin', 'static-rr'),
    backend('y 10.0.0.1:80').replace('roundrobin', 'static-rr'),
  ],
  [
    'a hash that is not consistent',
    backend('x 10.0.0.1:80').replace('roundrobin', 'source'),
    backend('y 10.0.0.1:80').replace('roundrobin', 'source'),
  ],
  [
    'no algorithm, so that the base file decides',
    backend('x 10.0.0.1:80').replace('  balance roundrobin\n', ''),
    backend('y 10.0.0.1:80').replace('  balance roundrobin\n', ''),
  ],
  ['an option that a new server can not have at run time', backend(), backend('x 10.0.0.1:80 cookie x')],
  ['a host name', backend(), backend('x example.com:80')],
  ['a name twice', backend('x 10.0.0.1:80'), backend('x 10.0.0.1:80', 'x 10.0.0.2:80')],
  [
    'a cookie',
    backend('x 10.0.0.1:80').replace('mode', 'cookie c insert\n  mode'),
    backend().replace('mode', 'cookie c insert\n  mode'),
  ],
  [
    'a default-server',
    backend('x 10.0.0.1:80').replace('mode', 'default-server inter 1s\n  mode'),
    backend().replace('mode', 'default-server inter 1s\n  mode'),
  ],
  [
    'a hash, even a consistent one',
    backend('x 10.0.0.1:80').replace('roundrobin', 'source\n  hash-type consistent'),
    backend('y 10.0.0.1:80').replace('roundrobin', 'source\n  hash-type consistent'),
  ],
  [
    'an algorithm that goes by the order',
    backend('x 10.0.0.1:80').replace('roundrobin', 'first'),
    backend('y 10.0.0.1:80').replace('roundrobin', 'first'),
  ],
  ['a command in an option', backend(), backend('x 10.0.0.1:80 verifyhost "x;disable frontend a"')],
  ['a blank in an option', backend(), backend('x 10.0.0.1:80 verifyhost "x check"')],
  ['a command in a name', backend(), backend('"x;disable frontend a" 10.0.0.1:80')],
  ['no address', backend(), backend('x 999.0.0.1:80')],
  [
    'a removal that another server tracks',
    backend('x 10.0.0.1:80', 'y 10.0.0.2:80 track c/z'),
    backend('y 10.0.0.2:80 track c/z'),
  ],
  [
    'a removal that a default-server tracks',
    backend('x 10.0.0.1:80').replace('balance', 'default-server track c/z\n  balance'),
    backend().replace('balance', 'default-server track c/z\n  balance'),
  ],
  [
    'a removal if a rule uses a server',
    backend('x 10.0.0.1:80').replace('balance', 'use-server x if TRUE\n  balance'),
    backend().replace('balance', 'use-server x if TRUE\n  balance'),
  ],
  [
    'a removal if a rule asks for a server',
    backend('x 10.0.0.1:80').replace('balance', 'http-request deny if { srv_is_up(b/x) }\n  balance'),
    backend().replace('balance', 'http-request deny if { srv_is_up(b/x) }\n  balance'),
  ],
  ['no port', backend(), backend('x 10.0.0.1:0')],
  ['a new section besides', backend('x 10.0.0.1:80'), `${backend()}backend c\n`],
])('reloads for %s', (_why, before, after) => {
  expect(plan(before, after).kind).toBe('reload');
});

it.each([
  ['a Service', '# service: shop/track port: use-server'],
  ['a host', '  acl a hdr(host) track.example.com use-server.example.com'],
  ['a server', '  server track 10.0.0.9:80'],
  ['a host in an option', '  server y 10.0.0.9:80 verifyhost track'],
])('removes a server at run time though the name of %s is a word for servers', (_what, line) => {
  const frontend = `frontend f\n  bind :80\n${line.startsWith('  server') ? '' : line}\n`;
  const other = `backend other\n  mode http\n${line.startsWith('  server') ? line : ''}\n`;
  const text = (body: string): string => `${frontend}${other}${body}`;
  expect(plan(text(backend('x 10.0.0.1:80')), text(backend())).kind).toBe('runtime');
});

it('reloads if a section moved that has an effect on what follows it', () => {
  const [a, b] = ['frontend a\n  bind :80\n', 'frontend b\n  bind :81\n'];
  const defaults = 'defaults\n  timeout client 1s\n';
  expect(plan(a + defaults + b, defaults + a + b)).toEqual({
    kind: 'reload',
    reasons: ['the order of sections changed'],
  });
});

it('reloads for a server that would inherit from the defaults of the text itself', () => {
  const text = (option: string, servers: string): string =>
    `defaults\n  ${option}\nbackend b\n  balance roundrobin\n${servers}`;
  const [one, two] = ['  server x 10.0.0.1:80\n', '  server x 10.0.0.1:80\n  server y 10.0.0.2:80\n'];
  const inherits = 'default-server check inter 1s';
  expect(plan(text(inherits, one), text(inherits, two))).toMatchObject({ kind: 'reload' });
  const plain = 'timeout check 1s';
  expect(plan(text(plain, one), text(plain, two))).toMatchObject({ kind: 'runtime' });
});
