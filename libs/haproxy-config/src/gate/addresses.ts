import { parseIp } from '@kubefigurator/config-model';
import type { OptionsRead } from './options.ts';

/**
 * A network address as HAProxy's `str2sa_range` reads it, and nothing else: no socket of the host (`/path`, `unix@`,
 * `abns@`, `fd@`, `sockpair@`, `ring@`, `stream+…`) and no `$`, which it replaces by an environment variable there
 * even without quotes.
 */
const NETWORK_ADDRESS =
  /^(?:(?:ipv4|ipv6|tcp4?|tcp6|udp4?|udp6|quic4|quic6)@)?(?:\*|\[[0-9A-Fa-f:.]{2,45}\]|[0-9A-Fa-f:.]{2,45}|[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_.])?)?(?::?[+-]?\d{1,5}(?:-\d{1,5})?)?$/;

/** What a `bind` takes: an IP address, `*` or nothing, and a port or a range. A name would have to be looked up. */
const BIND_ADDRESS =
  /^(?:(?:ipv4|ipv6|tcp4?|tcp6|udp4?|udp6|quic4|quic6)@)?(.*?)(?::(\d{1,5})(?:-(\d{1,5}))?)$/;
/** In characters; no address with a range of ports is longer. */
const LONGEST_BIND = 320;

/** How many sockets an address of a `bind` line asks for, of any protocol; undefined if the word is no address. */
export function countSockets(word: string): number | undefined {
  const match = word.length > LONGEST_BIND ? null : BIND_ADDRESS.exec(word);
  if (match === null) return undefined;
  const [, host = '', first = '', last = first] = match;
  if (host !== '' && host !== '*' && parseIp(host.replace(/^\[(.*)\]$/, '$1')) === undefined)
    return undefined;
  return Math.max(1, Number(last) - Number(first) + 1);
}

/** Words that are followed by an address, on lines in which they may stand at any place. */
const ADDRESS_WORDS: ReadonlySet<string> = new Set(['addr', 'usesrc']);
const LOOSE_LINES = /^(?:tcp-check|http-check|source)$/;
/** The position of the address on a line that begins with this directive. */
const ADDRESS_POSITIONS: ReadonlyMap<string, number> = new Map([
  ['dgram-bind', 1],
  ['dispatch', 1],
  ['log', 1],
  ['log-stderr', 1],
  ['mailer', 2],
  ['nameserver', 2],
  ['peer', 2],
  ['server', 2],
  ['server-template', 3],
  ['source', 1],
]);
/** Words that are allowed in the place of an address, by the option or directive before it. */
const OTHER_WORDS: ReadonlyMap<string, RegExp> = new Map([
  ['log', /^(?:global|\/dev\/log|stdout|stderr)$/],
  ['usesrc', /^(?:client|clientip|hdr_ip\([A-Za-z0-9_,-]+\))$/],
]);

/** The words of a line that stand in the place of an address and aren't allowed there. */
export function foreignAddresses(words: readonly string[], options: OptionsRead | undefined): string[] {
  const [directive = '', second = ''] = words;
  if (directive === 'bind') return second.split(',').filter((word) => countSockets(word) === undefined);
  const given = givenAddresses(words, options);
  const position = ADDRESS_POSITIONS.get(directive);
  if (position !== undefined) given.push({ by: directive, word: words[position] ?? '' });
  return given.filter((address) => !isAllowed(address)).map(({ word }) => word);
}

function isAllowed({ by, word }: GivenAddress): boolean {
  const isOtherWord = OTHER_WORDS.get(by)?.test(word) === true;
  return isOtherWord || word.split(',').every(isAddress);
}

interface GivenAddress {
  /** The option or directive before the address. */
  readonly by: string;
  readonly word: string;
}

/** The addresses behind options or other words of a line; all of them, since HAProxy takes the last one. */
function givenAddresses(words: readonly string[], options: OptionsRead | undefined): GivenAddress[] {
  if (options !== undefined) {
    return options.given.flatMap(({ option, kind, value = '' }) =>
      kind === 'address' ? [{ by: option, word: value }] : [],
    );
  }
  if (!LOOSE_LINES.test(words[0] ?? '')) return [];
  return words.flatMap((by, index) => {
    const word = words[index + 1];
    return index > 0 && ADDRESS_WORDS.has(by) && word !== undefined ? [{ by, word }] : [];
  });
}

function isAddress(word: string): boolean {
  return word.length <= 300 && NETWORK_ADDRESS.test(word);
}
