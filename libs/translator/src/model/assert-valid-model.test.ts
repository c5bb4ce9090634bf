import { expect, it } from 'vitest';
import { assertValidModel } from './assert-valid-model.ts';
import type { Backend, Frontend, ProxyModel } from './proxy-model.ts';

const source = { namespace: 'shop', service: 'web', port: 'http' };
const back: Backend = {
  ...{ name: 'back', mode: 'http', source },
  directives: [{ words: ['balance', 'roundrobin'] }],
  servers: [{ name: 'worker-a', address: '10.1.0.11', port: 30_080 }],
};
const front: Frontend = {
  ...{ name: 'front', mode: 'http', sources: [source], bind: { address: '*', port: 443 } },
  routes: [{ source, backend: 'back', match: 'exact', hosts: ['a.example.com'] }],
};
const route = front.routes[0] ?? { source, backend: 'back', match: 'exact', hosts: [] };

const NOTHING: ProxyModel = { frontends: [], backends: [], reservations: [] };

function modelOf(changes: { front?: Partial<Frontend>; back?: Partial<Backend> }): ProxyModel {
  return {
    ...NOTHING,
    frontends: [{ ...front, ...changes.front }],
    backends: [{ ...back, ...changes.back }],
  };
}

it('accepts a model that HAProxy can run', () => {
  expect(() => {
    assertValidModel(modelOf({}));
    assertValidModel(NOTHING);
  }).not.toThrow();
});

it.each<[string, ProxyModel]>([
  ['two backends have one name', { ...NOTHING, backends: [back, back] }],
  ['two frontends have one name', { ...NOTHING, frontends: [front, front], backends: [back] }],
  ['no valid address and port', modelOf({ front: { bind: { address: '010.0.0.1', port: 443 } } })],
  ['no valid address and port', modelOf({ front: { bind: { address: '*', port: 65_536 } } })],
  [
    'TLS without a certificate',
    modelOf({
      front: { bind: { ...front.bind, tls: { certificates: [], alpn: [], certificateSources: [] } } },
    }),
  ],
  ['is tcp with routes', modelOf({ front: { mode: 'tcp' } })],
  ['leads nowhere', modelOf({ front: { routes: [] } })],
  ['two rules for one host', modelOf({ front: { routes: [route, route] } })],
  ['a rule without a host', modelOf({ front: { routes: [{ ...route, hosts: [] }] } })],
  [
    'too many words',
    modelOf({
      front: { routes: [{ ...route, hosts: Array.from({ length: 57 }, (_, index) => `h${index}`) }] },
    }),
  ],
  ['which is no http backend', modelOf({ back: { mode: 'tcp' } })],
  ['which is no http backend', modelOf({ back: { name: 'other' } })],
  ['a line of 0 words', modelOf({ back: { directives: [{ words: [] }] } })],
  ['a line of 65 words', modelOf({ back: { directives: [{ words: Array<string>(65).fill('a') }] } })],
  ['two servers of one name', modelOf({ back: { servers: [...back.servers, ...back.servers] } })],
  [
    'a server without a valid port',
    modelOf({ back: { servers: [{ name: 'worker-a', address: '10.1.0.11', port: 0 }] } }),
  ],
])('throws: %s', (problem, model) => {
  expect(() => {
    assertValidModel(model);
  }).toThrow(problem);
});
