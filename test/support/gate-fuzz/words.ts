import type { Random } from '../measuring/random.ts';
import type { Vocabulary } from './vocabulary.ts';

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
export const NAMES = [
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
export const TEXTS = [
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
  const ports = random.pick([`${port}`, `${port}`, `${port}`, `${port}-${port}`, `+${port}`, `0${port}`]);
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

export function aName({ random }: Scope): string {
  return random.pick(NAMES);
}

export function aText({ random }: Scope): string {
  return random.pick(TEXTS);
}
