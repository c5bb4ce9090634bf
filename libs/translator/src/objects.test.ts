import { expect, it } from 'vitest';
import type { NodeRecord, ServiceRecord } from './index.ts';
import { defaultTranslatorSettings, formatDiagnostic } from './index.ts';
import { compileSnapshot } from './testing/compiled.ts';

/* The product's reader of manifests refuses these objects earlier; the translator doesn't rely on it. */

function service(name: string, listenPort: string, nodePort = 30_080): ServiceRecord {
  return {
    ...{ namespace: 'shop', name, createdAt: 1, type: 'NodePort', ipFamilies: ['IPv4'] },
    labels: new Map([['haproxy-kubefigurator.enabled', 'yes']]),
    annotations: new Map([
      ['haproxy-kubefigurator.hostname', 'shop.example.com'],
      ['haproxy-kubefigurator.listen-port', listenPort],
    ]),
    ports: [{ name: 'http', number: 80, protocol: 'TCP', nodePort }],
  };
}

function node(address: string): NodeRecord {
  const addresses = [{ type: 'InternalIP', address }];
  return { name: 'worker-a', labels: new Map(), addresses, taints: [], deleting: false };
}

function outcome(services: readonly ServiceRecord[], nodes: readonly NodeRecord[]): unknown {
  const { claims, text, diagnostics } = compileSnapshot({ services, nodes }, defaultTranslatorSettings);
  return {
    ports: claims.binds.map(({ port }) => port),
    addresses: [...text.matchAll(/ server worker-a (\S+):/g)].map(([, address]) => address),
    diagnostics: diagnostics.map(formatDiagnostic),
  };
}

it('of two objects of one name the same one is kept in whatever order they come', () => {
  const services = [service('web', '8443'), service('web', '9443')];
  const nodes = [node('10.1.0.11'), node('10.1.0.99')];
  const expected = {
    ports: [8443],
    addresses: ['10.1.0.11'],
    diagnostics: [
      'error duplicate-object Service shop/web: a second object of this name; keep one of them',
      'error duplicate-object Node worker-a: a second object of this name; keep one of them',
    ],
  };
  expect(outcome(services, nodes)).toEqual(expected);
  expect(outcome([...services].reverse(), [...nodes].reverse())).toEqual(expected);
});

it('a port with a nodePort that Kubernetes would not accept is left out', () => {
  expect(outcome([service('b', '443', 99_999)], [node('10.1.0.11')])).toEqual({
    ports: [],
    addresses: [],
    diagnostics: [
      'error invalid-object Service shop/b port http: the port has a name, number or nodePort that Kubernetes would not accept; it is left out',
    ],
  });
});
