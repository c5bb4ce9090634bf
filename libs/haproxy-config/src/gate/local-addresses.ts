import { type IpAddress, parseIp, unroutableRange } from '@kubefigurator/config-model';
import type { OptionsRead } from './options.ts';
import { quoteConfigWord } from './quote.ts';

/*
 * A text must not make HAProxy connect clients to what trusts connections from this host: HAProxy's own sockets and
 * those of other programs on loopback addresses, and the metadata service of a cloud.
 */

const LOCAL_RANGES: ReadonlySet<string> = new Set([
  'unspecified',
  'loopback',
  'link-local',
  'IPv4-compatible',
  'metadata',
]);
/**
 * Ranges without one machine behind an address: unused ones, and those of protocols that may lead to this host in turn.
 * Multicast and broadcast aren't among them, since logs may be sent there.
 */
const NOT_ONE_MACHINE: ReadonlySet<string> = new Set([
  'local-use translation',
  'site-local',
  'discard-only',
  'dummy',
  'protocol assignment',
  'Teredo',
  '6to4 relay',
  'segment routing',
]);
/** For a server at `0.0.0.0`, HAProxy connects to the address that the client asked for. */
const UNSPECIFIED_NETWORK = /^0\./;

const POSITIONS: ReadonlyMap<string, number> = new Map([
  ['dispatch', 1],
  ['server', 2],
  ['server-template', 3],
]);
const OPTIONS: ReadonlySet<string> = new Set(['addr', 'agent-addr', 'socks4']);
const CHECKS = /^(?:tcp|http)-check$/;
const ACTIONS = /^(?:http|tcp)-re(?:quest|sponse)$|^quic-initial$/;
const SCHEME = /^(?:ipv[46]|tcp[46]?|udp[46]?|quic[46]|mptcp[46]?)@/;

/** Findings about connections to this host itself, or to what may turn out to be it. */
export function localConnections(words: readonly string[], options: OptionsRead | undefined): string[] {
  const choice = clientsChoice(words);
  const local = addressesOf(words, options).flatMap((word) => {
    const why = whyLocal(word);
    return why === undefined ? [] : [`${quoteConfigWord(word)} ${why} (--allow-local-servers)`];
  });
  return choice === undefined
    ? local
    : [`${choice} lets a client choose the server, such as this host itself (--allow-local-servers)`];
}

/** The words of a line with which the client chooses the server's address; undefined if there are none. */
function clientsChoice(words: readonly string[]): string | undefined {
  const [directive = '', second = ''] = words;
  if (directive === 'option' && second === 'transparent') return 'option transparent';
  return ACTIONS.test(directive) && words.slice(1, 3).includes('set-dst')
    ? `${directive} set-dst`
    : undefined;
}

/** The addresses of servers and of their checks. */
function addressesOf(words: readonly string[], options: OptionsRead | undefined): string[] {
  const [directive = ''] = words;
  const position = POSITIONS.get(directive);
  const server = position === undefined ? [] : [words[position] ?? ''];
  const given =
    options?.given.flatMap(({ option, value = '' }) => (OPTIONS.has(option) ? [value] : [])) ?? [];
  const checked = CHECKS.test(directive) ? words.filter((_word, index) => words[index - 1] === 'addr') : [];
  return [...server, ...given, ...checked];
}

/** Why HAProxy must not connect there; undefined if it may. */
function whyLocal(word: string): string | undefined {
  const address = parseIp(hostOf(word.replace(SCHEME, '')));
  // HAProxy and the resolver also take 127.1, 0x7f.1, 2130706433, and any name of this host.
  if (address === undefined) return "is no plain IP address: it may lead to this host's own services";
  const range = unroutableRange(address);
  if (isLocal(address, range)) return "leads to this host's own services, or to its cloud's metadata";
  return range !== undefined && NOT_ONE_MACHINE.has(range)
    ? `is no address of one other machine: ${range}`
    : undefined;
}

/** The host before the port, as HAProxy splits them: at the last colon, unless there are brackets. */
function hostOf(word: string): string {
  const bracketed = /^\[([^\]]*)\](?::?[+-]?\d+)?$/.exec(word)?.[1];
  if (bracketed !== undefined) return bracketed;
  const colon = word.lastIndexOf(':');
  return colon < 0 ? word : word.slice(0, colon);
}

function isLocal({ family, text }: IpAddress, range: string | undefined): boolean {
  return (
    (range !== undefined && LOCAL_RANGES.has(range)) || (family === 'IPv4' && UNSPECIFIED_NETWORK.test(text))
  );
}
