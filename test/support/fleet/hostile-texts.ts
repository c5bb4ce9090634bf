/** A text with which somebody who may write etcd attacks the hosts; the gate refuses it before HAProxy reads it. */
export interface HostileText {
  /** What the attack is, for titles of tests. */
  readonly what: string;
  /** The hostile sections; the test writes them after those of honest Services. */
  readonly sections: string;
}

const FRONTEND = ['frontend evil', '  mode http', '  bind *:6666', '  default_backend evil'];
const BACKEND = ['backend evil', '  mode http', '  server s 10.99.1.1:30001'];

/** A frontend and a backend with these further lines. */
function proxies(frontendLines: readonly string[], backendLines: readonly string[] = []): string {
  const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
  return [...FRONTEND, ...indented(frontendLines), '', ...BACKEND, ...indented(backendLines), ''].join('\n');
}

const inFrontend = (line: string): HostileText => ({ what: line, sections: proxies([line]) });
const inBackend = (line: string): HostileText => ({ what: line, sections: proxies([], [line]) });
const repeated = (count: number, of: (index: number) => string): readonly string[] =>
  Array.from({ length: count }, (_, index) => of(index));

/** HAProxy's variables of the whole process (`proc.…`), after each word that takes a variable. */
export const PROCESS_VARIABLES: readonly HostileText[] = [
  'http-request set-var(proc.x) bool(true)',
  'http-request set-var-fmt(proc.x) a',
  'http-request unset-var(proc.x)',
  'http-request set-header x %[var(proc.x)]',
  'http-request set-header x %[dump_all_vars(proc)]',
  'http-request do-resolve(proc.x,dns) src',
  'http-request set-var(txn.x) str(a),concat(-,proc.x,-)',
  'http-request set-var(txn.x) int(1),add(proc.x)',
  'http-request set-var(txn.x) str(a),set-var(p\\"roc\\".x)',
  'tcp-request content set-var(proc.x) src',
  'http-response set-var(proc.x) status',
  'acl a var(proc.x) -m found',
  'log-format "%[var( proc.x )]"',
].map(inFrontend);

/** What makes HAProxy or its check, in at least one version, crash, hang or run out of memory. */
export const ENDS_OF_HAPROXY: readonly HostileText[] = [
  {
    what: 'a unique id that asks for itself',
    sections: proxies(['acl again unique-id -m found', 'unique-id-format %[acl(again)]']),
  },
  { what: 'the same without an ACL', sections: proxies(['unique-id-format %[unique-id]']) },
  {
    what: '300 slow regexes',
    sections: proxies(repeated(300, (index) => `acl slow path_reg .*/${String(index)}/.*x.*y`)),
  },
  { what: 'a nested repetition', sections: proxies(['http-request deny if { path_reg ^/(a+)+$ }']) },
  ...['http-request set-map a b', 'http-request add-acl a', 'http-response del-map a'].map(inFrontend),
  ...['tcp-request content del-acl a', 'http-request sc-inc-gpc0'].map(inFrontend),
  ...['http-request set-header x %[req.hdr(cookie),debug(x,stderr)]', 'mode haterm'].map(inFrontend),
  ...['balance random(2147483647)', 'stick-table type ip size 4000000000'].map(inBackend),
  { what: 'use-server in a disabled section', sections: proxies([], ['disabled', 'use-server s if TRUE']) },
];

/**
 * Servers by which clients would reach the host itself, or what answers only to the host, such as a cloud's metadata.
 */
export const LOCAL_SERVERS: readonly HostileText[] = [
  ...[
    'server x 127.0.0.1:9641',
    'server x 127.1:9641',
    'server x 0x7f000001:9641',
    'server x localhost:9641',
  ],
  ...['server x [::1]:9641', 'server x [::ffff:127.0.0.1]:9641', 'server x 0.0.0.0:9641', 'server x :9641'],
  ...['server x 169.254.169.254:80', 'server x [fe80::1]:80', 'server x 100.100.100.200:80'],
  ...['server x 10.99.1.1:80 check addr 127.0.0.1', 'server x 10.99.1.1:80 socks4 127.0.0.1:1080'],
  ...['http-request set-dst str(127.0.0.1)', 'option transparent', 'dispatch 127.0.0.1:9641'],
].map(inBackend);

/** What runs code on the host, reads its files, or uses its sockets or sections that aren't ours. */
export const HOST_ACCESS: readonly HostileText[] = [
  ...['lua-load /tmp/x.lua', 'external-check command /bin/sh', 'errorfile 503 /etc/passwd'].map(inFrontend),
  ...['http-request return status 200 content-type text/plain file /etc/passwd'].map(inFrontend),
  ...['http-request set-header a %[env(PATH)]', 'acl a src -f /etc/hosts', '.if defined(X)'].map(inFrontend),
  ...['bind unix@/tmp/x.sock', 'bind *:6667 ssl crt /etc/ssl/private/x.pem'].map(inFrontend),
  ...['server x /run/haproxy-master.sock', 'server x 10.99.1.1:80 namespace ../x'].map(inBackend),
  ...['global\n  lua-load /tmp/x.lua\n', 'program p\n  command /bin/sh\n', 'defaults\n  mode tcp\n'].map(
    (sections) => ({ what: sections, sections: `${proxies([])}\n${sections}` }),
  ),
  ...['command /bin/sh', 'namespace_list', 'pidfile /etc/passwd', 'lua-load /tmp/x.lua', 'setenv A b'].map(
    (line) => ({
      what: `${line} in a section that the host lets in`,
      sections: `${proxies([])}\nresolvers r\n  ${line}\n`,
    }),
  ),
];

/** Bytes that HAProxy reads in another way than the gate would. */
export const ODD_BYTES: readonly HostileText[] = [
  ['a CR within a line', 'description a\rlua-load /tmp/x.lua'],
  ['a CR at the beginning', '\rdescription a'],
  ['NUL', 'description a\u0000'],
  ['an escaped NUL', 'lua-load\\x00 /tmp/x.lua'],
  ['a vertical tab', 'description a\u000bb'],
  ['a byte order mark', '\ufeffdescription a'],
  ['a control character of Latin-1', 'description a\u009bb'],
  ['a quote that nothing closes', 'description "a'],
].map(([what = '', line = '']) => ({ what, sections: proxies([line]) }));

/** As much as a text may have (`MAX_TEXT_BYTES`), less 2,000 bytes for the honest sections. */
const FILL = 24 * 1024 * 1024 - 2_000;
const filledWith = (line: string): string => line.repeat(Math.floor(FILL / line.length));

/**
 * A few kilobytes in etcd, gzipped, that unpack to as many bytes as a text may have, or ask for more than a host can
 * give.
 */
export const BOMBS: readonly HostileText[] = [
  { what: '2 million sections', sections: filledWith('\nbackend x\n') },
  { what: '5 million sections without a name', sections: filledWith('ring\n') },
  {
    what: 'nested calls',
    sections: `${FRONTEND.join('\n')}\n${filledWith(`  acl a ${'map('.repeat(16_000)}\n`)}`,
  },
  {
    what: 'nested calls on one line',
    sections: `${FRONTEND.join('\n')}\n  acl a ${'map('.repeat(6_000_000)}\n`,
  },
  { what: 'words', sections: `${FRONTEND.join('\n')}\n${filledWith(`  acl x src${' a'.repeat(500)}\n`)}` },
  {
    what: 'quotes',
    sections: `${FRONTEND.join('\n')}\n${filledWith(`  description "${'\\"'.repeat(30_000)}"\n`)}`,
  },
  { what: 'line feeds', sections: filledWith('\n') },
  { what: 'comments', sections: filledWith('# service: a/b port: c\n') },
  {
    what: '60 kB of server-template',
    sections: proxies(
      [],
      repeated(1_200, (index) => `server-template t${String(index)} 1000 10.99.1.1:30001`),
    ),
  },
  {
    what: '10,001 addresses to listen on',
    sections: proxies(repeated(10_001, (index) => `bind *:${String(10_000 + index)}`)),
  },
  {
    what: 'a range of 65,000 ports',
    sections: proxies(['bind *:1-65000']),
  },
];
