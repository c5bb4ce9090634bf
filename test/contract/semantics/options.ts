import type { Row } from './row.ts';
import { BINDS, CERTIFICATES, HOSTS, PROPERTIES, PROTOCOLS, SERVERS } from './row.ts';

/** The options of haproxy-kubefigurator. */
export const OPTIONS: readonly Row[] = [
  {
    says: 'hostname: one or more names, comma-separated.',
    goldens: 'hostname-list hostname-twice hostname-underscore hostname-single-label hostname-ip',
  },
  {
    says: 'hostname: *.x.y matches one or more labels.',
    goldens: 'hostname-wildcard hostname-exact-and-wildcard',
    tests: [`${HOSTS} › matches a wildcard with one or more labels`],
  },
  {
    says: 'hostname, http: requests whose Host is this, with or without a port or a trailing dot, case-insensitive.',
    goldens: 'hostname-upper-case',
    tests: [
      `${HOSTS} › routes by the Host, in any letter case, with or without a port`,
      `${HOSTS} › routes an HTTP/2 request`,
    ],
  },
  {
    says: 'hostname: the first CLUSTER in each name is replaced by --cluster.',
    goldens: 'hostname-cluster hostname-cluster-lower-case hostname-cluster-in-certificate',
  },
  {
    says: 'hostname: a name with CLUSTER while the setting is empty is an error on that port.',
    goldens: 'hostname-cluster-missing',
  },
  {
    says: 'hostname: a value that is no host name is an error.',
    goldens:
      'hostname-empty hostname-bad-item hostname-empty-item hostname-with-port hostname-url hostname-idn hostname-lone-star hostname-star-inside hostname-too-long hostname-long-label hostile-quotes',
  },
  {
    says: 'hostname, tcp: it only gives the certificate its default name.',
    goldens: 'mode-tcp-tls-hostname mode-tcp-empty-hostname mode-tcp-tls-empty-hostname',
  },
  {
    says: 'listen-ip: IPv4, IPv6 or *, a comma list; * when absent.',
    goldens: 'listen-ipv4 listen-ipv6 listen-list listen-mapped-ipv4',
    tests: [`${BINDS} › serves every address of a list, an IPv6 address in any spelling`],
  },
  {
    says: 'listen-ip: * is every IPv4 address, :: every IPv6 address (v6only).',
    goldens: 'listen-all-ipv6 listen-both-families',
    tests: [`${BINDS} › separates IPv4 and IPv6`],
  },
  {
    says: 'listen-ip: a value that is no address is an error.',
    goldens:
      'listen-ip-name listen-ip-short listen-ip-octal listen-ip-cidr listen-ip-brackets listen-ip-zone listen-ip-empty-item listen-ip-with-port',
  },
  {
    says: 'listen-port: 1 to 65535, 443 when absent.',
    goldens:
      'listen-port-highest listen-port-zero listen-port-too-high listen-port-negative listen-port-hex listen-port-range listen-port-fraction listen-port-leading-zero listen-port-blank listen-port-huge',
  },
  {
    says: 'haproxy-mode: http or tcp, http when absent.',
    goldens: 'mode-tcp mode-upper-case mode-unknown',
    tests: [`${SERVERS} › passes tcp through unchanged`],
  },
  {
    says: 'use-ssl: TLS on the bind; on for http and off for tcp when absent; anything but true is off.',
    goldens: 'ssl-off ssl-unusual ssl-empty ssl-unusual-tcp mode-tcp mode-tcp-tls',
    tests: [`${SERVERS} › terminates TLS on a tcp bind`],
  },
  {
    says: 'ssl-certificate: a file below the certificate folder, no "..".',
    goldens:
      'certificate-named certificate-folders certificate-dots certificate-dots-inside certificate-absolute certificate-blank certificate-slash-end certificate-dot',
  },
  {
    says: 'ssl-certificate: <first hostname>.pem when absent.',
    goldens: 'mode-tcp-tls-hostname hostname-upper-case hostname-wildcard select-ancestor-example',
  },
  {
    says: 'The certificate folder is --certificate-dir, /etc/haproxy/ssl when absent.',
    goldens: 'certificate-dir certificate-named',
  },
  {
    says: 'backends-use-ssl: TLS to the servers; as on the bind when absent; other values than true and false count as unset.',
    goldens: 'backends-plain backends-tls-only backends-tls-unusual mode-tcp-backend-tls',
    tests: [
      `${SERVERS} › speaks TLS to servers whose certificate isn’t trusted`,
      `${SERVERS} › follows the bind`,
    ],
  },
  {
    says: 'appProtocol http and kubernetes.io/ws: no TLS to the servers unless backends-use-ssl says so; https and kubernetes.io/wss: TLS.',
    goldens: 'protocol-http protocol-https protocol-tcp',
    tests: [`${PROTOCOLS} › whatever the bind does; WebSockets pass`],
  },
  {
    says: 'appProtocol kubernetes.io/h2c: HTTP/2 to the servers, checks included.',
    goldens: 'protocol-h2c protocol-h2c-tls',
    tests: [
      `${PROTOCOLS} › gRPC reaches its servers from a plain bind and from one with TLS`,
      `${PROTOCOLS} › HTTP/2 over TLS, checks included`,
    ],
  },
  {
    says: 'Another appProtocol of an http port, loadBalancerSourceRanges, sessionAffinity and externalTrafficPolicy Local: warning unsupported-field.',
    goldens:
      'protocol-unknown field-source-ranges field-source-ranges-open field-session-affinity field-traffic-policy field-all',
  },
  {
    says: 'backends-verify-ssl: off gives verify none; anything but true is off.',
    goldens: 'backends-verify-unusual backends-name-unverified backends-verify-plain',
    tests: [`${SERVERS} › sends the name without verifying it`],
  },
  {
    says: 'backends-verify-ssl: on gives verify required with --backend-ca-file, @system-ca when absent.',
    goldens: 'backends-verify backends-verify-ca',
    tests: [`${SERVERS} › verifies only the authority`],
  },
  {
    says: 'The name is verified if backends-server-name gives one (sni, verifyhost).',
    goldens: 'backends-verify-name backends-name-wildcard',
    tests: [
      `${SERVERS} › verifies the name if one is given, and sends it as SNI`,
      `${SERVERS} › refuses servers with another name, also in health checks`,
    ],
  },
  {
    says: 'backends-balance-method: an algorithm HAProxy knows, with its arguments; roundrobin when absent.',
    goldens: 'balance-plain balance-arguments balance-blanks balance-bad balance-http-on-tcp',
    tests: [`${SERVERS} › uses the configured algorithm`],
  },
  {
    says: 'In the three booleans another value than true and false keeps its meaning and gets a warning.',
    goldens:
      'ssl-unusual ssl-empty ssl-unusual-tcp backends-tls-unusual backends-verify-unusual hostile-booleans',
  },
  {
    says: 'Everywhere else a value that does not parse is an error on that port, and the port is left out.',
    goldens: 'balance-bad option-service-wide-broken conflict-broken-claims-nothing hostile-newlines',
  },
  {
    says: 'A value that does not parse never reaches the config.',
    goldens: 'hostile-newlines hostile-quotes hostile-booleans hostile-keys hostile-label hostile-proto',
    tests: [
      `${PROPERTIES} › no text adds a directive or disturbs another Service`,
      'test/contract/random-clusters.test.ts › clusters with hostile annotations',
      'libs/translator/src/render/render.test.ts › writes values through the escape only',
    ],
  },
  {
    says: 'Frontends are named k8s-service_<ip|all>_<port>_listen.',
    goldens: 'select-ancestor-example listen-ipv4 listen-ipv6',
  },
  {
    says: 'Backends are named k8s-service_<namespace>_<service>_<port name>_backend, an unnamed port by its number.',
    goldens: 'select-ancestor-example option-unnamed-port',
  },
  {
    says: 'One server per node, named after it, <address>:<nodePort> with check.',
    goldens: 'select-ancestor-example nodes-order nodes-none',
    tests: [`${HOSTS} › uses every node`],
  },
  {
    says: 'HTTP over TLS sets X-Forwarded-Proto: https towards the servers.',
    goldens: 'select-ancestor-example ssl-off',
    tests: [
      `${HOSTS} › sends X-Forwarded-Proto: https to the servers`,
      `${HOSTS} › sends no X-Forwarded-Proto over plain http`,
    ],
  },
  {
    says: 'HTTP over TLS offers alpn h2,http/1.1.',
    goldens: 'select-ancestor-example mode-tcp-tls',
    tests: [`${CERTIFICATES} › offers h2 and http/1.1 on an http bind, and neither on a tcp bind`],
  },
  {
    says: 'An http port without a hostname takes every request on its bind that no other host matches.',
    goldens: 'hostname-catch-all',
    tests: [
      `${HOSTS} › routes everything else to the catch-all`,
      `${HOSTS} › answers 503 for an unknown host if there is no catch-all`,
    ],
  },
  { says: 'At most one http port without a hostname is served on a bind.', goldens: 'conflict-default' },
  {
    says: 'With TLS on, a port without a hostname needs ssl-certificate, otherwise an error on that port.',
    goldens: 'hostname-catch-all-tls hostname-no-certificate mode-tcp-tls-no-certificate',
  },
  {
    says: 'Exact names before wildcards, longer wildcards before shorter ones, whatever the age of the Service.',
    goldens: 'hostname-wildcard-order',
    tests: [`${HOSTS} › exact names first, then the longest wildcard`],
  },
  {
    says: 'host_only, rtrim(.) and lower on the header, computed once.',
    goldens: 'select-ancestor-example hostname-list',
    tests: [`${HOSTS} › also IPv6 literals and requests without a Host`],
  },
  {
    says: 'HAProxy accepts 64 words on a line, so long lists of names become several rules.',
    goldens: 'hostname-300 hostname-60-wildcards share-200',
    tests: [
      `${BINDS} › routes each of 300 names of one Service`,
      'apps/producer/src/compile.golden.test.ts › has at most the 64 words on a line',
    ],
  },
  {
    says: 'A bind with more than 28 certificates names the folder instead.',
    goldens:
      'certificate-28 certificate-28-default-ipv6 certificate-29 certificate-100 certificate-folders certificate-too-many-folders',
    tests: [`${CERTIFICATES} › serves each of 100 certificates on one bind`],
  },
  {
    says: '--default-certificate comes first: clients without SNI get it.',
    goldens: 'certificate-default certificate-29 certificate-28-default-ipv6',
    tests: [`${CERTIFICATES} › serves the default certificate without SNI and for an unknown name`],
  },
  {
    says: 'The example of haproxy-kubefigurator renders to the same config.',
    goldens: 'select-ancestor-example',
    tests: ['test/contract/migration.test.ts › the dashboard'],
  },
];
