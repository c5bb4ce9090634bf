import fc from 'fast-check';
import { ANNOTATION_PREFIX, ENABLING_LABEL, OPTION_NAMES } from '../annotations.ts';
import type { ClusterSnapshot, NodeRecord, PortRecord, ServiceRecord } from '../index.ts';

/** Few names, hosts and ports, so that random Services meet on the same binds. */
const HOSTS = [
  'a.example.com',
  'B.example.com',
  '*.example.com',
  '*.a.example.com',
  'CLUSTER.org',
  '',
  'a b',
  'x,y.z',
];
const VALUES: Readonly<Record<string, readonly string[]>> = {
  hostname: HOSTS,
  'listen-ip': ['*', '::', '10.0.0.1', '2001:db8::1', '10.0.0.1,10.0.0.2', '10.0.0', ''],
  'listen-port': ['443', '80', '8443', '22', '65536', 'x'],
  'haproxy-mode': ['http', 'tcp', 'TCP'],
  'use-ssl': ['true', 'false', 'True', ''],
  'ssl-certificate': ['a.pem', 'team/b.pem', '../c.pem'],
  'backends-use-ssl': ['true', 'false', 'maybe'],
  'backends-verify-ssl': ['true', 'false', '1'],
  'backends-server-name': ['internal.example.com', '*'],
  'backends-balance-method': [
    'leastconn',
    'uri len 20',
    'hdr(host)',
    'random(2)',
    'roundrobin x',
    'hash path',
  ],
};

const annotation = fc.constantFrom(...OPTION_NAMES).chain((option) =>
  fc.record({
    key: fc.constantFrom(
      ...['', 'http.', '80.', 'admin.', 'nowhere.'].map((port) => `${ANNOTATION_PREFIX}${port}${option}`),
    ),
    text: fc.constantFrom(...(VALUES[option] ?? [])),
  }),
);

const ports: fc.Arbitrary<readonly PortRecord[]> = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('http', 'admin', '80', undefined),
    number: fc.constantFrom(80, 443, 8080),
    protocol: fc.constantFrom('TCP', 'TCP', 'TCP', 'UDP'),
    nodePort: fc.option(fc.integer({ min: 30_000, max: 32_767 }), { nil: undefined, freq: 8 }),
  }),
  { maxLength: 3, selector: (port) => port.name ?? String(port.number) },
);

const service: fc.Arbitrary<ServiceRecord> = fc.record({
  namespace: fc.constantFrom('shop', 'blog'),
  name: fc.constantFrom('web', 'api', 'db', 'a', 'z', 'Bad Name'),
  createdAt: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  type: fc.constantFrom('NodePort', 'NodePort', 'LoadBalancer', 'ClusterIP'),
  labels: fc.constantFrom('yes', 'yes', 'yes', 'Yes').map((label) => new Map([[ENABLING_LABEL.key, label]])),
  annotations: fc
    .array(annotation, { maxLength: 8 })
    .map((list) => new Map(list.map(({ key, text }) => [key, text]))),
  ipFamilies: fc.constantFrom(['IPv4'], ['IPv6', 'IPv4'], []) as fc.Arbitrary<ServiceRecord['ipFamilies']>,
  ports,
});

const address = fc.record({
  type: fc.constantFrom('InternalIP', 'ExternalIP', 'Hostname'),
  address: fc.constantFrom('10.1.0.1', '10.1.0.2', 'fd00::1', 'FD00:0::2', 'worker', '999.1.1.1'),
});

const node: fc.Arbitrary<NodeRecord> = fc.record({
  name: fc.constantFrom('worker-a', 'worker-b', 'worker-c', 'bad node'),
  labels: fc.constant(new Map<string, string>()),
  addresses: fc.array(address, { maxLength: 3 }),
  taints: fc.constantFrom([], ['ToBeDeletedByClusterAutoscaler'], ['x']),
  deleting: fc.boolean(),
});

/** A cluster in which much collides and some is wrong. */
export const cluster: fc.Arbitrary<ClusterSnapshot> = fc.record({
  services: fc.array(service, { maxLength: 12 }),
  nodes: fc.array(node, { maxLength: 4 }),
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

const PIECES = [
  ...[
    '\n',
    '\r\n',
    '\r',
    '\u2028',
    '\u2029',
    '\u0085',
    '\v',
    '\f',
    '\0',
    '\t',
    ' ',
    '\u00a0',
    '\ufeff',
    '\u202e',
    '\ud800',
  ],
  ...[
    '"',
    "'",
    '`',
    '#',
    '\\',
    '%[src]',
    '${HOME}',
    '$HOME',
    '{',
    '}',
    '(',
    ')',
    '[',
    ']',
    ';',
    ',',
    '=',
    '|',
    '<%-',
    '*',
    '..',
    '/',
  ],
  ...[
    'server evil 6.6.6.6:80',
    'use_backend x',
    'lua-load /x',
    'program p',
    'global',
    'a.example.com',
    '10.0.0.1',
    '443',
    'true',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    '\u212a',
    '\u0131',
    '\uff10',
    '%s',
    '&lt;',
    'http',
    'tcp',
    'roundrobin',
    'hdr(',
    'hash ',
  ],
];

/** Text that tries to be more than a value: controls, quotes, keywords, newlines of every alphabet, and much of it. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom(...PIECES).map((piece) => piece.repeat(Math.ceil(10_000 / piece.length))),
);

/** An enabled Service with hostile text in some of its annotations, names among them. */
export const hostileService: fc.Arbitrary<ServiceRecord> = fc
  .record({
    texts: fc.dictionary(fc.constantFrom(...OPTION_NAMES), hostileText, {
      minKeys: 1,
      noNullPrototype: true,
    }),
    keys: fc.array(hostileText, { maxLength: 2 }),
  })
  .map(({ texts, keys }) => ({
    ...{ namespace: 'shop', name: 'evil', createdAt: 9, type: 'NodePort', ipFamilies: [] },
    labels: new Map([[ENABLING_LABEL.key, ENABLING_LABEL.value]]),
    annotations: new Map([
      ...Object.entries(texts).map(([option, text]) => [`${ANNOTATION_PREFIX}http.${option}`, text] as const),
      ...keys.map((key) => [`${ANNOTATION_PREFIX}${key}`, key] as const),
    ]),
    ports: [{ name: 'http', number: 80, protocol: 'TCP', nodePort: 30_666 }],
  }));
