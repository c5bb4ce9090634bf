import { defaultTranslatorSettings } from '@kubefigurator/translator';
import { expect, it } from 'vitest';
import { createDemands, NO_DEMAND, withNodePortsOf } from './demand.ts';
import { service, type ServiceParts } from './testing/services.ts';

const demandOf = createDemands(defaultTranslatorSettings);
const HASH = { annotations: { 'haproxy-kubefigurator.http.backends-balance-method': 'source' } };

it.each<[string, boolean, ServiceParts, ServiceParts]>([
  ['another node port', true, {}, { nodePort: 30002 }],
  ['an annotation of somebody else', true, {}, { annotations: { 'example.com/leader': 'pod-7' } }],
  ['another host name', false, {}, { hostname: 'b.example.com' }],
  ['an option', false, {}, HASH],
  [
    'another node port, with an algorithm for which HAProxy needs a reload',
    false,
    HASH,
    { ...HASH, nodePort: 30002 },
  ],
])('%s: asks for the same is %s', (_title, same, before, after) => {
  const [old, now] = [service('shop/web', before), service('shop/web', after)];
  expect(demandOf(old) === demandOf(now)).toBe(same);
});

it('a Service that is of another type, of another family of addresses or without our label asks for something else', () => {
  const web = service('shop/web');
  expect(demandOf({ ...web, type: 'ClusterIP', ports: [] })).toBe(NO_DEMAND);
  expect(demandOf({ ...web, labels: new Map() })).toBe(NO_DEMAND);
  expect(demandOf({ ...web, ipFamilies: ['IPv6'] })).not.toBe(demandOf(web));
});

it('a change that waits leaves the new node ports to the Service', () => {
  const old = service('shop/web');
  const held = withNodePortsOf(
    old,
    service('shop/web', { hostname: 'b.example.com', nodePort: 30002 }),
    demandOf,
  );
  expect(held).toEqual(service('shop/web', { nodePort: 30002 }));
  expect(withNodePortsOf(held, service('shop/web', { nodePort: 30002 }), demandOf)).toBe(held);
});

it('node ports wait too if HAProxy needs a reload for them, or if the port is another one', () => {
  const hashed = service('shop/web', HASH);
  expect(withNodePortsOf(hashed, service('shop/web', { nodePort: 30002 }), demandOf)).toBe(hashed);
  const web = service('shop/web');
  const renamed = { ...web, ports: web.ports.map((port) => ({ ...port, number: 81, nodePort: 30002 })) };
  expect(withNodePortsOf(web, renamed, demandOf)).toBe(web);
  expect(withNodePortsOf(web, { ...web, ports: [] }, demandOf)).toBe(web);
});
