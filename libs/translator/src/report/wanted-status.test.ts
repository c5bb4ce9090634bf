import { expect, it } from 'vitest';
import type { Intent } from '../intent/intent.ts';
import { wantedStatuses } from './wanted-status.ts';

function intent(service: string): Intent {
  return {
    source: { namespace: 'shop', service, port: 'http' },
    mode: 'http',
    bind: { addresses: { kind: 'addresses', addresses: ['*'] }, port: 443 },
    hosts: [],
    tls: undefined,
    backend: { balance: ['roundrobin'], tls: undefined, directives: [] },
    servers: { kind: 'nodes', families: ['IPv4'], nodePort: 30_080 },
  };
}

it('every source that has a bind is listed with its binds, in the order of the names', () => {
  const [web, api] = [intent('web'), intent('api')];
  const bind = { port: 443, mode: 'http', tls: false } as const;
  const binds = [
    { ...bind, address: '*', holders: [web, api] },
    { ...bind, address: '10.0.0.1', holders: [web] },
  ];
  expect(wantedStatuses({ binds, diagnostics: [], reservations: [] })).toEqual([
    { source: api.source, binds: [{ address: '*', port: 443 }] },
    {
      source: web.source,
      binds: [
        { address: '*', port: 443 },
        { address: '10.0.0.1', port: 443 },
      ],
    },
  ]);
});
