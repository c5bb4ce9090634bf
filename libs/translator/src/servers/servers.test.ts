import { expect, it } from 'vitest';
import { assign } from '../addresses/assign.ts';
import type { Intent, ServersIntent } from '../intent/intent.ts';
import { createServers } from './servers.ts';

const NODES = [
  { name: 'worker-a', addresses: { IPv4: '10.1.0.11' } },
  { name: 'worker-b', addresses: { IPv4: '10.1.0.12', IPv6: 'fd00::12' } },
  { name: 'worker-c', addresses: { IPv6: 'fd00::13' } },
];
const serversOf = createServers(NODES);
const PORT = 30_080;
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
    { kind: 'nodes', families: ['IPv4'], nodePort: PORT },
    [
      { name: 'worker-a', address: '10.1.0.11', port: PORT },
      { name: 'worker-b', address: '10.1.0.12', port: PORT },
    ],
  ],
  [
    { kind: 'nodes', families: ['IPv6', 'IPv4'], nodePort: PORT },
    [
      { name: 'worker-a', address: '10.1.0.11', port: PORT },
      { name: 'worker-b', address: 'fd00::12', port: PORT },
      { name: 'worker-c', address: 'fd00::13', port: PORT },
    ],
  ],
  [{ kind: 'nodes', families: [], nodePort: PORT }, []],
  [{ kind: 'static', servers: WRITTEN }, WRITTEN],
])('%j', (servers, expected) => expect(serversOf(intent(servers))).toEqual(expected));

it('endpoints and addresses of a pool, which no stage can resolve yet, throw', () => {
  const endpoints = intent({ kind: 'endpoints', namespace: 'shop', service: 'web', port: 'http' });
  expect(() => serversOf(endpoints)).toThrow('asks for endpoints');
  expect(() => assign([endpoints])).toThrow('asks for an address of a pool');
});
