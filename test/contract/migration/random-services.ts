import type { NodeRecord, ServiceRecord } from '@kubefigurator/translator';
import fc from 'fast-check';

/** Values of options as the first users wrote them; a random listener leaves some options out. */
const OPTIONS = {
  'backends-use-ssl': ['true', 'false', 'yes', ''],
  'backends-verify-ssl': ['false', 'no', ''],
  'backends-balance-method': [
    'roundrobin',
    'leastconn',
    'source',
    'uri len 20',
    'hdr(x-user)',
    'static-rr',
    'first',
  ],
  'ssl-certificate': ['wildcard.example.com.pem', 'team/a.pem', ''],
} as const;

/** Where a port listens: shared http binds, with and without TLS, and tcp ports of its own. */
const BINDS = ['shared-tls', 'shared-tls', 'shared-plain', 'own-tcp', 'own-tcp-tls', 'own-http'] as const;

const listener = fc.record(
  {
    bind: fc.constantFrom(...BINDS),
    address: fc.constantFrom('', '*', '10.9.9.9', '2001:db8::9'),
    hostCase: fc.boolean(),
    hasNodePort: fc.boolean(),
    'backends-use-ssl': fc.constantFrom(...OPTIONS['backends-use-ssl']),
    'backends-verify-ssl': fc.constantFrom(...OPTIONS['backends-verify-ssl']),
    'backends-balance-method': fc.constantFrom(...OPTIONS['backends-balance-method']),
    'ssl-certificate': fc.constantFrom(...OPTIONS['ssl-certificate']),
  },
  { requiredKeys: ['bind', 'hostCase', 'hasNodePort'] },
);
type Listener = (typeof listener)['generate'] extends (...args: never[]) => { readonly value: infer T }
  ? T
  : never;

/** Services that don't conflict, since haproxy-kubefigurator resolved conflicts at random. */
export const peacefulServices: fc.Arbitrary<readonly ServiceRecord[]> = fc
  .array(fc.array(listener, { minLength: 1, maxLength: 3 }), { maxLength: 8, size: 'max' })
  .map((services) => services.map(toService));

function toService(listeners: readonly Listener[], index: number): ServiceRecord {
  const annotations = listeners.flatMap((each, at) => {
    const prefix = `haproxy-kubefigurator.p${String(at)}.`;
    return Object.entries(toOptions(each, index * 10 + at)).map(
      ([option, text]) => [prefix + option, text] as const,
    );
  });
  return {
    namespace: 'shop',
    name: `s${String(index)}`,
    createdAt: index,
    ipFamilies: ['IPv4'],
    type: index % 2 === 0 ? 'NodePort' : 'LoadBalancer',
    labels: new Map([['haproxy-kubefigurator.enabled', 'yes']]),
    annotations: new Map(annotations),
    ports: listeners.map(({ hasNodePort }, at) => ({
      name: `p${String(at)}`,
      number: 80 + at,
      protocol: 'TCP',
      nodePort: hasNodePort || at === 0 ? 30_000 + index * 10 + at : undefined,
    })),
  };
}

/** The annotations of the properties that are present. */
function toOptions(each: Listener, id: number): Readonly<Record<string, string>> {
  const { bind, address, hostCase } = each;
  const host = `${hostCase ? 'Host-CLUSTER' : 'host'}-${String(id)}.example.com`;
  return {
    ...Object.fromEntries(Object.entries(each).filter(([option]) => option in OPTIONS)),
    ...(address !== undefined && { 'listen-ip': address }),
    ...bindOptions(bind, host, String(20_000 + id)),
  };
}

function bindOptions(
  bind: Listener['bind'],
  hostname: string,
  port: string,
): Readonly<Record<string, string>> {
  switch (bind) {
    case 'shared-tls':
      return { hostname };
    case 'shared-plain':
      return { hostname, 'use-ssl': 'false', 'listen-port': '80' };
    case 'own-tcp':
      return { 'haproxy-mode': 'tcp', 'listen-port': port, 'backends-balance-method': 'leastconn' };
    case 'own-tcp-tls':
      return {
        hostname,
        'haproxy-mode': 'tcp',
        'listen-port': port,
        'use-ssl': 'true',
        'backends-balance-method': 'source',
      };
    case 'own-http':
      return { hostname, 'listen-port': port, 'use-ssl': 'false', 'haproxy-mode': '' };
  }
}

export const PEACEFUL_NODES: readonly NodeRecord[] = [
  ['worker-a', '10.1.0.11'],
  ['worker-b.example.com', '10.1.0.12'],
].map(([name = '', address = '']) => ({
  name,
  labels: new Map<string, string>(),
  taints: [],
  deleting: false,
  addresses: [
    { type: 'ExternalIP', address: '192.0.2.1' },
    { type: 'InternalIP', address },
  ],
}));
