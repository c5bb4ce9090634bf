import { expect, it } from 'vitest';
import { assign } from '../addresses/assign.ts';
import type { Intent, ServersIntent } from '../intent/intent.ts';
import { serversOf } from './servers.ts';

const NODES = { IPv4: [{ name: 'worker-a', address: '10.1.0.11' }], IPv6: [] };
const WRITTEN = [{ name: 'a', address: '192.0.2.1', port: 80 }];

function intent(servers: ServersIntent): Intent {
  return {
    source: { namespace: 'shop', service: 'web', port: 'http' },
    mode: 'tcp',
    bind: { addresses: { kind: 'pool', pool: 'edge', family: 'IPv4' }, port: 443 },
    hosts: [],
    tls: undefined,
    backend: { balance: ['roundrobin'], tls: undefined, directives: [] },
    servers,
  };
}

it.each<[ServersIntent, unknown]>([
  [
    { kind: 'nodes', family: 'IPv4', nodePort: 30_080 },
    [{ name: 'worker-a', address: '10.1.0.11', port: 30_080 }],
  ],
  [{ kind: 'nodes', family: 'IPv6', nodePort: 30_080 }, []],
  [{ kind: 'static', servers: WRITTEN }, WRITTEN],
])('%j', (servers, expected) => expect(serversOf(intent(servers), NODES)).toEqual(expected));

it('what no stage can resolve yet is a bug and throws', () => {
  const endpoints = intent({ kind: 'endpoints', namespace: 'shop', service: 'web', port: 'http' });
  expect(() => serversOf(endpoints, NODES)).toThrow('asks for endpoints');
  expect(() => assign([endpoints])).toThrow('asks for an address of a pool');
});
