import fc from 'fast-check';
import type { ClusterSnapshot, NodeRecord, PortRecord, ServiceRecord } from '../index.ts';
import { ANNOTATION_PREFIX, ENABLING_LABEL, OPTIONS } from '../index.ts';

const OPTION_NAMES = OPTIONS.map(({ name }) => name);

/** Texts that parse, by option: few host names and ports, so that random Services meet on the same binds. */
const GOOD = {
  hostname: [
    'a.example.com',
    'B.example.com',
    '*.example.com',
    '*.a.example.com',
    'CLUSTER.org',
    'x.org, y.org',
    '_sip.example.com',
    '192.0.2.1',
    'localhost',
  ],
  'listen-ip': ['*', '::', '*,::', '::ffff:10.0.0.1', '10.0.0.1', '2001:db8::1', '10.0.0.1,10.0.0.2'],
  'listen-port': ['443', '80', '8443'],
  'haproxy-mode': ['http', 'http', 'tcp'],
  'use-ssl': ['true', 'false'],
  wildcard: ['own', 'shared'],
  'ssl-certificate': ['a.pem', 'team/b.pem'],
  'backends-use-ssl': ['true', 'false'],
  'backends-verify-ssl': ['true', 'false'],
  'backends-server-name': ['internal.example.com'],
  'backends-balance-method': [
    'leastconn',
    'uri len 20',
    'hdr(host)',
    'random(2)',
    'hash path',
    'static-rr',
    'first',
    'source',
    'random',
    'uri whole path-only depth 3',
    'url_param id check_post',
    'hdr(x-user) use_domain_only',
    'rdp-cookie',
    'rdp-cookie(id)',
    'hash src',
    'hash req.hdr(x-user),lower',
    'hash url_param(id)',
    'hash req.cook(id)',
  ],
} as const;

/** Throws for an option that has no texts above, so that a new option gets some. */
function textsOf(option: string): readonly string[] {
  const texts = Object.entries<readonly string[]>(GOOD).find(([name]) => name === option)?.[1];
  if (texts === undefined) throw new Error(`no good texts for ${option}`);
  return texts;
}

/** Texts that most options refuse; some accept one of them. */
const BAD = [
  '',
  ' ',
  'x y',
  'True',
  '*.',
  '10.0.0',
  '22',
  '65536',
  '../c.pem',
  'roundrobin x',
  'CLUSTER',
  'TCP',
];

const annotation = fc.constantFrom(...OPTION_NAMES).chain((option) =>
  fc.record({
    key: fc
      .constantFrom('', 'http.', 'http.', '80.', 'admin.', 'nowhere.', '.')
      .map((port) => `${ANNOTATION_PREFIX}${port}${option}`),
    text: fc.oneof(
      { weight: 19, arbitrary: fc.constantFrom(...textsOf(option)) },
      { weight: 1, arbitrary: fc.constantFrom(...BAD) },
    ),
  }),
);

/** An annotation that names a certificate: without one, an http port with TLS is an error, and little would be served. */
const certificateNaming: fc.Arbitrary<readonly [string, string]> = fc
  .constantFrom(...GOOD.hostname, 'a.pem')
  .map((text) => [`${ANNOTATION_PREFIX}${text === 'a.pem' ? 'ssl-certificate' : 'hostname'}`, text] as const);

const ports: fc.Arbitrary<readonly PortRecord[]> = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('http', 'admin', '80', undefined),
    number: fc.constantFrom(80, 443, 8080),
    protocol: fc.constantFrom('TCP', 'TCP', 'TCP', 'UDP'),
    nodePort: fc.option(fc.integer({ min: 30_000, max: 32_767 }), { nil: undefined, freq: 8 }),
    appProtocol: fc.constantFrom(
      undefined,
      undefined,
      'http',
      'https',
      'kubernetes.io/h2c',
      'kubernetes.io/wss',
      'x y',
    ),
  }),
  { minLength: 1, maxLength: 3, selector: (port) => port.name ?? String(port.number) },
);

const service: fc.Arbitrary<ServiceRecord> = fc.record({
  namespace: fc.constantFrom('shop', 'blog'),
  name: fc.constantFrom('web', 'api', 'db', 'a', 'b', 'c', 'y', 'z', 'Bad Name'),
  createdAt: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  type: fc.constantFrom('NodePort', 'NodePort', 'NodePort', 'LoadBalancer', 'LoadBalancer', 'ClusterIP'),
  labels: fc
    .constantFrom('yes', 'yes', 'yes', 'yes', 'yes', 'Yes')
    .map((label) => new Map([[ENABLING_LABEL.key, label]])),
  annotations: fc
    .tuple(certificateNaming, fc.array(annotation, { maxLength: 5, size: 'max' }))
    .map(([first, list]) => new Map([first, ...list.map(({ key, text }) => [key, text] as const)])),
  ipFamilies: fc.constantFrom(['IPv4'], ['IPv6', 'IPv4'], []) as fc.Arbitrary<ServiceRecord['ipFamilies']>,
  ports,
});

const address = fc.record({
  type: fc.constantFrom('InternalIP', 'InternalIP', 'ExternalIP', 'Hostname'),
  address: fc.constantFrom(
    '10.1.0.1',
    '10.1.0.2',
    'fd00::1',
    'FD00:0::2',
    'worker',
    '999.1.1.1',
    '127.0.0.1',
    'fe80::1',
  ),
});

const node: fc.Arbitrary<NodeRecord> = fc.record({
  name: fc.constantFrom('worker-a', 'worker-b', 'worker-c', 'bad node'),
  labels: fc.constant(new Map<string, string>()),
  addresses: fc.array(address, { minLength: 1, maxLength: 4, size: 'max' }),
  taints: fc.constantFrom([], [], [], ['ToBeDeletedByClusterAutoscaler'], ['x']),
  deleting: fc.constantFrom(false, false, false, true),
});

/** A cluster with many conflicts and some invalid values. */
export const cluster: fc.Arbitrary<ClusterSnapshot> = fc.record({
  services: fc.array(service, { minLength: 2, maxLength: 12, size: 'max' }),
  nodes: fc.array(node, { maxLength: 5, size: 'max' }),
});

/** The same objects in another order, the keys of their maps too. */
export function shuffled(snapshot: ClusterSnapshot): fc.Arbitrary<ClusterSnapshot> {
  const { services, nodes } = snapshot;
  return fc.record({
    services: fc
      .shuffledSubarray([...services], { minLength: services.length })
      .map((list) =>
        list.map((item) => ({ ...item, annotations: new Map([...item.annotations].reverse()) })),
      ),
    nodes: fc.shuffledSubarray([...nodes], { minLength: nodes.length }),
  });
}
