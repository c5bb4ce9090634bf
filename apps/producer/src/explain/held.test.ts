import { expect, it } from 'vitest';
import type { ServiceLoss } from '../publish/guard/decide.ts';
import type { Facts } from './facts.ts';
import { explainHeld, portsHeldOnNode, isHostNameHeld } from './held.ts';
import { observedFrom } from './testing/observed.ts';

const web = { namespace: 'shop', service: 'web', port: 'web' };
const api = { ...web, port: 'api' };
const mail = { namespace: 'post', service: 'mail', port: 'imap' };

function lost(source: typeof web, bind: string, host: string): ServiceLoss['hosts'][number] {
  return { id: `${bind} ${host}`, source, bind, host, taken: false };
}

const held: readonly ServiceLoss[] = [
  { service: 'post/mail', hosts: [lost(mail, '*:143', '*')], servers: [] },
  {
    service: 'shop/web',
    hosts: [lost(web, '*:443', '.example.com'), lost(web, '*:443', 'a.example.com'), lost(api, '*:80', '*')],
    servers: [{ source: { ...web, port: 'old' }, successor: web, names: ['worker-b', 'worker-a'], kept: 0 }],
  },
];
const facts: Facts = {
  ...observedFrom('explain: service shop/web'),
  guard: { held, since: undefined, pause: undefined, pin: undefined },
};

it('tells each port of the Service what is held of it, wildcards as people write them', () => {
  expect(explainHeld(facts, { namespace: 'shop', name: 'web' })).toMatchObject({
    approve: 'kubefigurator-producer approve service shop/web',
    ports: [
      { port: 'api', names: ['* on *:80'], nodes: [] },
      {
        port: 'web',
        names: ['*.example.com on *:443', 'a.example.com on *:443'],
        nodes: ['worker-a', 'worker-b'],
      },
    ],
  });
});

it('tells nothing of a Service of which nothing is held', () => {
  expect(explainHeld(facts, { namespace: 'shop', name: 'mail' })).toBeUndefined();
});

it.each([
  [web, '*:443', '.example.com', true],
  [web, '*:443', 'b.example.com', false],
  [web, '*:80', '*', false],
  [api, '*:80', '*', true],
  [mail, '*:143', '*', true],
  [mail, '10.0.0.1:143', '*', false],
])('%j on %s for %s: %s', (source, bind, host, expected) => {
  expect(isHostNameHeld(facts, source, { bind, host })).toBe(expected);
});

it('names a renamed port by its new name, since that has the server', () => {
  expect(portsHeldOnNode(facts, 'worker-a')).toEqual(['shop/web/web']);
  expect(portsHeldOnNode(facts, 'worker-c')).toEqual([]);
});
