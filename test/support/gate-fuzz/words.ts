import type { Random } from '../measuring/random.ts';
import type { KnownCall, Vocabulary } from './vocabulary.ts';

/** Where the files are that texts name. */
export interface Places {
  /** Files that a text may name: `site.pem`, `ca.pem`, `crt-list`, `tickets`. */
  readonly certificates: string;
  /** Files that a text may name: `hosts.map`, `patterns`, `page.http`. */
  readonly data: string;
  /** Files and a socket that no text may reach; it is HAProxy's working folder, too. */
  readonly bait: string;
}

/** What a line may refer to. */
export interface Scope {
  readonly random: Random;
  readonly vocabulary: Vocabulary;
  readonly places: Places;
  /** The names of the text's own sections. */
  readonly frontends: readonly string[];
  readonly backends: readonly string[];
  /** A port of this text, which no other text of the batch listens on. */
  readonly port: () => number;
}

const NUMBERS = [
  '0',
  '1',
  '2',
  '3',
  '5',
  '10',
  '64',
  '99',
  '200',
  '503',
  '1000',
  '65535',
  '65536',
  '-1',
  '+1',
  '0x10',
];
const WILD_NUMBERS = [
  '4294967295',
  '4294967296',
  '-2147483648',
  '9223372036854775807',
  '1e3',
  '1k',
  '10m',
  '007',
  '1.5',
];
const TIMES = ['1s', '30s', '500ms', '5m', '0', '1', '10us', '-1s', '1h', '2d'];
const NAMES = [
  'web',
  'a',
  'x-kind',
  'h1',
  'h2',
  'GET',
  'POST',
  'a.example.com',
  'TLSv1.2',
  'none',
  'required',
  'on',
];
const TEXTS = [
  '/a',
  '/a/b?c=d',
  '^/a\\.b$',
  'a b',
  '200',
  'text/plain',
  'host',
  'TRUE',
  'FALSE',
  'all',
  'if',
  'unless',
];
const VARIABLES = ['txn.x', 'req.x', 'sess.y', 'proc.x', 'txn.a-b', 'check.x', 'p"roc".x', 'x'];
const ADDRESSES = [
  '10.0.0.1',
  '10.0.0.2',
  '[2001:db8::1]',
  '2001:db8::1',
  '192.0.2.7',
  'ipv4@10.0.0.3',
  'tcp@10.0.0.4',
];
const LOCAL = [
  '127.0.0.1',
  '::1',
  '0.0.0.0',
  '*',
  '',
  '169.254.169.254',
  'localhost',
  '127.1',
  '[::ffff:127.0.0.1]',
  '0',
];
const SCHEMES = [
  'unix@',
  'abns@',
  'abnsz@',
  'fd@',
  'sockpair@',
  'ring@',
  'uxst@',
  'stream+',
  'dgram+',
  'udp@',
  'quic4@',
  'mptcp@',
  'rhttp@',
];
const FORMATS = [
  '%ci:%cp',
  '%[src]',
  '%{+Q}r',
  '%ID',
  '%{+X}o\\ %Ts',
  '%[unique-id]',
  '%[acl(a1)]',
  '%t',
  '%%',
  '%H',
  '%[rand]',
];

/** A file that a text may name, or one that it may not. */
export function aFile({ random, places }: Scope, kind: 'certificates' | 'data'): string {
  const good =
    kind === 'certificates'
      ? ['site.pem', 'ca.pem', 'crt-list', 'tickets', '']
      : ['hosts.map', 'patterns', 'page.http', ''];
  const allowed = `${places[kind]}/${random.pick(good)}`;
  if (random.chance(0.75)) return allowed;
  const { bait } = places;
  const other = kind === 'data' ? places.certificates : places.data;
  return random.pick([
    `${bait}/key.pem`,
    'key.pem',
    './key.pem',
    `${bait}/keys.list`,
    `${bait}/m.sock`,
    '/etc/passwd',
    `${allowed}/../../bait/key.pem`,
    `${places[kind]}x/key.pem`,
    `${places[kind]}/../bait/key.pem`,
    `//${allowed}`,
    `${other}/site.pem`,
    `file@${bait}/key.pem`,
    `opt@${bait}/key.pem`,
    `virt@${bait}/key.pem`,
    '@system-ca',
    '@store/x',
    `${places[kind]}/.././bait/patterns`,
    '-',
    '',
  ]);
}

/** An address as servers and other lines have it, with a port or without. */
export function anAddress(scope: Scope): string {
  const { random, places } = scope;
  if (random.chance(0.8)) return `${random.pick(ADDRESSES)}:${random.pick(['80', '443', '30080'])}`;
  const host = random.pick([...ADDRESSES, ...LOCAL, `${places.bait}/m.sock`, '/dev/log', '$X', '0']);
  const port = random.pick(['', ':80', ':+1', ':80-90', ':-1', ':0', ':99999', ':', ':80:81']);
  return `${random.chance(0.3) ? random.pick(SCHEMES) : ''}${host}${port}`;
}

/** An address to listen on; its port is one of the text's own. */
export function aBindAddress(scope: Scope): string {
  const { random } = scope;
  const port = scope.port();
  const hosts = [
    '127.0.0.1',
    '127.0.0.2',
    '127.3.4.5',
    '*',
    '',
    '[::]',
    '::',
    '[::1]',
    'ipv4@',
    'ipv6@',
    'ipv4@127.0.0.1',
  ];
  const more = [
    'tcp@127.0.0.1',
    'tcp4@',
    'tcp6@',
    'ipv6@::1',
    '0.0.0.0',
    '127.1',
    'quic4@127.0.0.1',
    'udp@',
    'unix@',
    'fd@',
  ];
  const host = random.pick(random.chance(0.8) ? hosts : [...more, ...LOCAL, ...ADDRESSES]);
  const ports = random.pick([`${port}`, `${port}`, `${port}`, `${port}-${port + 2}`, `+${port}`, `0${port}`]);
  const one = `${host}:${ports}`;
  return random.chance(0.1) ? `${one},127.0.0.1:${scope.port()}` : one;
}

export function aNumber({ random }: Scope): string {
  return random.pick(random.chance(0.9) ? NUMBERS : WILD_NUMBERS);
}

export function aTime({ random }: Scope): string {
  return random.pick(TIMES);
}

export function aVariable({ random }: Scope): string {
  return random.chance(0.8) ? 'txn.x' : random.pick(VARIABLES);
}

/** Any word, of any kind. */
export function anyWord(scope: Scope): string {
  const { random, vocabulary } = scope;
  const kinds: readonly (() => string)[] = [
    () => aNumber(scope),
    () => aTime(scope),
    () => random.pick(NAMES),
    () => random.pick(TEXTS),
    () => anAddress(scope),
    () => aFile(scope, random.chance(0.5) ? 'data' : 'certificates'),
    () => anExpression(scope),
    () => `%[${anExpression(scope)}]`,
    () => random.pick(FORMATS),
    () => random.pick([...scope.frontends, ...scope.backends]),
    () => random.pick(vocabulary.directives),
    () => random.pick(vocabulary.serverOptions).word,
    () => random.pick(vocabulary.bindOptions).word,
    () =>
      random.pick([
        'file',
        'lf-file',
        'string',
        'errorfile',
        'config',
        '-f',
        '-M',
        '-m',
        '--',
        '-i',
        '-n',
        '{',
        '}',
        '!',
      ]),
  ];
  return random.pick(kinds)();
}

/** A sample expression: a fetch, and a few converters. */
export function anExpression(scope: Scope): string {
  const { random, vocabulary } = scope;
  const fetch = random.chance(0.6)
    ? random.pick([
        'src',
        'path',
        'req.hdr(host)',
        'str(a)',
        'int(1)',
        'var(txn.x)',
        'dst_port',
        'method',
        'url_param(a)',
      ])
    : callOf(scope, random.pick(vocabulary.fetches));
  const converters = Array.from({ length: random.pick([0, 0, 1, 1, 2]) }, () =>
    callOf(scope, random.pick(vocabulary.converters)),
  );
  return [fetch, ...converters].join(',');
}

function callOf(scope: Scope, { name, args }: KnownCall): string {
  if (args.length === 0) return scope.random.chance(0.95) ? name : `${name}()`;
  const given = args.map((arg) => argumentOf(scope, name, arg));
  const count = scope.random.chance(0.7) ? given.length : 1 + scope.random.below(given.length);
  return `${name}(${given.slice(0, count).join(',')})`;
}

function argumentOf(scope: Scope, call: string, kind: string): string {
  const { random } = scope;
  if (/^map/.test(call) && kind === 'string') return random.chance(0.8) ? aFile(scope, 'data') : 'x';
  if (/int/.test(kind)) return aNumber(scope);
  if (/table|frontend|backend|proxy|server/.test(kind))
    return random.pick([...scope.backends, 'st', 'nodes/n1']);
  if (/addr|mask|ip/.test(kind)) return random.pick(['10.0.0.1', '24', '255.255.0.0', '2001:db8::1']);
  const strings = [
    'a',
    'x-kind',
    ',',
    '.',
    'hex',
    'txn.x',
    'proc.x',
    '',
    ' a',
    '/',
    '"a,b"',
    `'a b'`,
    's/a/b/',
    '^a+$',
  ];
  return random.chance(0.85)
    ? random.pick(strings)
    : aFile(scope, random.chance(0.5) ? 'data' : 'certificates');
}

/** `if` and a condition, or nothing. */
export function aCondition(scope: Scope): string[] {
  const { random } = scope;
  if (random.chance(0.5)) return [];
  const terms = [anAcl(scope), ...(random.chance(0.2) ? [['||'], anAcl(scope)] : [])];
  return [random.pick(['if', 'if', 'unless']), ...terms.flat()];
}

function anAcl(scope: Scope): string[] {
  const { random } = scope;
  const not = random.chance(0.1) ? ['!'] : [];
  if (random.chance(0.2)) return [...not, random.pick(['TRUE', 'HTTP', 'a1', 'LOCALHOST', '!TRUE'])];
  return [...not, '{', ...aCriterion(scope), '}'];
}

/** What an ACL compares: `path -m beg /a`, or `src -f /…`. */
export function aCriterion(scope: Scope): string[] {
  const { random, vocabulary } = scope;
  const what = random.chance(0.3) ? random.pick(vocabulary.matchers) : anExpression(scope);
  const flags = random.pick([
    [],
    [],
    [
      '-m',
      random.pick([
        'str',
        'beg',
        'end',
        'sub',
        'reg',
        'found',
        'int',
        'ip',
        'dom',
        'dir',
        'len',
        'bin',
        'bool',
      ]),
    ],
    ['-i'],
    ['-f', aFile(scope, 'data')],
    ['-M', '-f', aFile(scope, 'data')],
    ['-i', '-m', 'beg', '--'],
    ['-u', '7'],
    ['-n'],
  ]);
  const patterns = Array.from({ length: 1 + random.below(2) }, () =>
    random.pick(['/a', '10.0.0.0/8', '5', 'gt 5', 'a.example.com', '^/x', '-f', '200', '']),
  );
  return [what, ...flags, ...patterns];
}

/** A log format. */
export function aFormat(scope: Scope): string {
  const { random } = scope;
  if (random.chance(0.5)) return random.pick([...NAMES, ...TEXTS]);
  return random.chance(0.5) ? random.pick(FORMATS) : `a%[${anExpression(scope)}]`;
}

export function aName({ random }: Scope): string {
  return random.pick(NAMES);
}

export function aText({ random }: Scope): string {
  return random.pick(TEXTS);
}
