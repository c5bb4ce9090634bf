/** What a Service means, rule by rule, and the golden cases that hold each rule. */
export const RULES: Readonly<Record<string, readonly string[]>> = {
  // which Services, which ports
  'A Service is selected by the label haproxy-kubefigurator.enabled with exactly the value yes.': [
    ...['select-ancestor-example', 'select-nothing', 'select-many-kinds', 'select-empty-cluster'],
  ],
  'Its types are NodePort and LoadBalancer, and a served port has a node port.': [
    ...[
      'select-loadbalancer-type',
      'select-cluster-ip',
      'select-no-type',
      'select-no-node-ports',
      'select-no-ports',
    ],
  ],
  'A port without a node port beside a served one is skipped silently.': ['select-port-without-node-port'],
  'A labelled Service of which nothing can be served is a warning.': [
    ...['select-cluster-ip', 'select-no-node-ports', 'select-no-ports', 'select-sctp-only'],
  ],
  'The label with another value is a near miss; no, false and empty are not.': [
    ...['select-label-true', 'select-label-capital-yes', 'select-label-no', 'hostile-label'],
  ],
  'The label with a mistyped key, or as an annotation, is a near miss.': [
    ...['select-label-key', 'select-label-as-annotation', 'select-label-and-annotation'],
  ],
  'An annotation that names no option or port is a warning with the nearest valid spelling.': [
    ...[
      'option-near-miss-option',
      'option-near-miss-port',
      'option-near-miss-both',
      'option-capital-letters',
    ],
    ...['option-unknown-far', 'option-unknown-separator', 'option-many-unknown', 'hostile-keys'],
    ...['option-foreign-annotations', 'select-unlabelled-typos'],
  ],
  'UDP and SCTP ports are named in a warning, the other ports are served.': [
    'select-udp-beside-tcp',
    'select-sctp-only',
  ],
  'An option is haproxy-kubefigurator.<port name>.<option>.': [
    'select-ancestor-example',
    'option-port-named-like-option',
  ],
  "A port's number may stand for its name; unnamed ports have nothing else.": [
    ...['option-port-number', 'option-unnamed-port', 'option-name-before-number', 'option-number-as-name'],
  ],
  "An option without a port holds for every port; the port's own wins.": [
    ...['option-service-wide', 'option-port-before-service', 'option-service-wide-broken'],
  ],
  // options
  'hostname: requests whose Host is one of the names, in any letter case.': [
    ...[
      'hostname-list',
      'hostname-twice',
      'hostname-upper-case',
      'hostname-underscore',
      'hostname-single-label',
      'hostname-ip',
    ],
  ],
  'hostname: *.x.y matches one or more labels.': ['hostname-wildcard', 'hostname-exact-and-wildcard'],
  'hostname: the first CLUSTER in each name is replaced; without --cluster it is an error on that port.': [
    ...[
      'hostname-cluster',
      'hostname-cluster-lower-case',
      'hostname-cluster-missing',
      'hostname-cluster-in-certificate',
    ],
  ],
  'hostname: what is no host name is an error.': [
    ...[
      'hostname-empty',
      'hostname-bad-item',
      'hostname-empty-item',
      'hostname-with-port',
      'hostname-url',
      'hostname-idn',
    ],
    ...[
      'hostname-lone-star',
      'hostname-star-inside',
      'hostname-too-long',
      'hostname-long-label',
      'hostile-quotes',
    ],
  ],
  'listen-ip: addresses of both families; * is every IPv4 address, :: every IPv6 address.': [
    ...[
      'listen-ipv4',
      'listen-ipv6',
      'listen-all-ipv6',
      'listen-both-families',
      'listen-list',
      'listen-mapped-ipv4',
    ],
  ],
  'listen-ip: what is no address is an error.': [
    ...[
      'listen-ip-name',
      'listen-ip-short',
      'listen-ip-octal',
      'listen-ip-cidr',
      'listen-ip-brackets',
      'listen-ip-zone',
    ],
    ...['listen-ip-empty-item', 'listen-ip-with-port'],
  ],
  'listen-port: 1 to 65535, 443 when absent.': [
    ...[
      'listen-port-highest',
      'listen-port-zero',
      'listen-port-too-high',
      'listen-port-negative',
      'listen-port-hex',
    ],
    ...[
      'listen-port-range',
      'listen-port-fraction',
      'listen-port-leading-zero',
      'listen-port-blank',
      'listen-port-huge',
    ],
  ],
  'haproxy-mode: http or tcp, http when absent.': ['mode-tcp', 'mode-upper-case', 'mode-unknown'],
  'use-ssl: on for http, off for tcp when absent; anything but true is off.': [
    ...['ssl-off', 'ssl-unusual', 'ssl-empty', 'ssl-unusual-tcp', 'mode-tcp', 'mode-tcp-tls'],
  ],
  'ssl-certificate: a file below the certificate folder, <first hostname>.pem when absent.': [
    ...[
      'certificate-named',
      'certificate-dir',
      'mode-tcp-tls-hostname',
      'hostname-upper-case',
      'hostname-wildcard',
    ],
    ...[
      'certificate-dots',
      'certificate-dots-inside',
      'certificate-absolute',
      'certificate-blank',
      'certificate-slash-end',
    ],
    ...['certificate-dot'],
  ],
  'backends-use-ssl: as the bind when absent; anything but true and false counts as unset.': [
    ...['backends-plain', 'backends-tls-only', 'backends-tls-unusual', 'mode-tcp-backend-tls'],
  ],
  'backends-verify-ssl: verify none when off, required with the CA file when on.': [
    ...['backends-verify', 'backends-verify-ca', 'backends-verify-unusual', 'backends-verify-plain'],
  ],
  'backends-server-name: sent as SNI, and checked where certificates are.': [
    ...['backends-verify-name', 'backends-name-unverified', 'backends-name-wildcard'],
  ],
  'backends-balance-method: an algorithm HAProxy knows, with its arguments; roundrobin when absent.': [
    ...['balance-plain', 'balance-arguments', 'balance-blanks', 'balance-bad', 'balance-http-on-tcp'],
  ],
  'A yes/no option with another value keeps its meaning and gets a warning.': [
    ...[
      'ssl-unusual',
      'ssl-empty',
      'ssl-unusual-tcp',
      'backends-tls-unusual',
      'backends-verify-unusual',
      'hostile-booleans',
    ],
  ],
  'Any other value that does not parse is an error on its port, which is left out.': [
    ...['balance-bad', 'option-service-wide-broken', 'conflict-broken-claims-nothing', 'hostile-newlines'],
  ],
  'An empty text means that nothing was said.': ['option-empty-is-unset'],
  // what comes of it
  'Frontends, backends and servers have the names dashboards know.': [
    ...['select-ancestor-example', 'option-unnamed-port', 'listen-ipv4', 'nodes-order'],
  ],
  'HTTP over TLS sets X-Forwarded-Proto and offers h2.': [
    'select-ancestor-example',
    'ssl-off',
    'mode-tcp-tls',
  ],
  'An http port without a host takes what no other host matches; with TLS it names its certificate.': [
    ...[
      'hostname-catch-all',
      'hostname-catch-all-tls',
      'hostname-no-certificate',
      'mode-tcp-tls-no-certificate',
    ],
  ],
  'Exact names before wildcards, longer wildcards before shorter ones, whatever the age.': [
    'hostname-wildcard-order',
  ],
  'No line has more than 64 words.': [
    ...[
      'hostname-300',
      'hostname-60-wildcards',
      'share-200',
      'certificate-28',
      'certificate-28-default-ipv6',
    ],
  ],
  'A bind with more than 28 certificates names the folder.': [
    ...['certificate-29', 'certificate-100', 'certificate-folders', 'certificate-too-many-folders'],
  ],
  '--default-certificate comes first.': [
    'certificate-default',
    'certificate-29',
    'certificate-28-default-ipv6',
  ],
  // sharing
  'Ports with one address and port share a frontend, their certificates each once, sorted.': [
    ...['share-frontend', 'share-200', 'certificate-shared'],
  ],
  'They conflict when modes or TLS differ, both are tcp, or both claim a host or everything.': [
    ...[
      'conflict-mode',
      'conflict-tls',
      'conflict-port',
      'conflict-host',
      'conflict-host-wildcard',
      'conflict-default',
    ],
  ],
  'A specific address beside the star, or the other family, is no conflict.': [
    'share-specific-address',
    'share-families',
  ],
  'The oldest wins, then namespace and name, then the order of ports; without creation time all are equally old.':
    [...['conflict-host', 'conflict-same-age-name', 'conflict-within-service', 'conflict-no-age']],
  'The loser is left out of that bind, everything else of it is served.': [
    ...[
      'conflict-one-of-two-binds',
      'conflict-other-port-served',
      'conflict-host-part',
      'conflict-loser-claims-nothing',
    ],
  ],
  '--reserved-port keeps ports of the hosts, 22 when absent.': [
    'listen-port-reserved',
    'listen-port-reserved-setting',
  ],
  // nodes
  "A node's address is the first of the preferred types in the Service's first family.": [
    ...['nodes-external', 'nodes-address-type', 'nodes-first-of-type', 'nodes-ipv6', 'nodes-both-families'],
  ],
  'A node without such an address is left out with a warning, where somebody needs it.': [
    ...['nodes-without-address', 'nodes-unneeded-family', 'nodes-bad-address'],
  ],
  'Label, taint, deletion and selector leave nodes out.': ['nodes-excluded', 'nodes-selector'],
  'NotReady and cordoned nodes stay.': ['nodes-kept'],
  'No node at all leaves a backend without servers.': ['nodes-none'],
  // hostile and impossible
  'Hostile text adds no directive and disturbs no other Service.': [
    ...[
      'hostile-newlines',
      'hostile-quotes',
      'hostile-booleans',
      'hostile-keys',
      'hostile-label',
      'hostile-proto',
    ],
  ],
  'Objects an API server would refuse are left out and named.': [
    'object-bad-names',
    'object-bad-port',
    'object-duplicates',
  ],
};
