import { parseIp } from '@kubefigurator/config-model';
import type { ConfigLine, ConfigSection } from '../parse/config-text.ts';

/** One `server` line. */
export interface ServerLine {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** The words after the address. */
  readonly options: readonly string[];
}

/** A change of one server that HAProxy's runtime API can make (management guide, section 9.3). */
export type ServerChange =
  | { readonly kind: 'add'; readonly backend: string; readonly server: ServerLine }
  | { readonly kind: 'move'; readonly backend: string; readonly server: ServerLine }
  | { readonly kind: 'remove'; readonly backend: string; readonly name: string };

/**
 * Algorithms that take servers at run time and don't care for their order. `first` goes by it, and hashes go by
 * numbers that a fresh start gives out in that order.
 */
const DYNAMIC_BALANCE = /^(?:roundrobin|leastconn|random(?:\(\d{1,9}\))?)$/;
/** Names and options go into a line of commands: nothing that ends a word or a command there, and nothing quoted. */
const PLAIN_WORD = /^[A-Za-z0-9_.:@/,=()+-]+$/;
/** Lines besides `server` that make a server more than what `add server` can say. */
const TIED_TO_SERVERS = new Set([
  'cookie',
  'default-server',
  'server-template',
  'use-server',
  'load-server-state-from-file',
]);
/** What `add server` takes from HAProxy 2.6 on, among the options we know the meaning of. */
const DYNAMIC_OPTIONS: ReadonlyMap<string, number> = new Map([
  ['check', 0],
  ['ssl', 0],
  ['check-ssl', 0],
  ['send-proxy', 0],
  ['send-proxy-v2', 0],
  ['verify', 1],
  ['ca-file', 1],
  ['sni', 1],
  ['verifyhost', 1],
  ['alpn', 1],
  ['inter', 1],
  ['rise', 1],
  ['fall', 1],
  ['port', 1],
  ['weight', 1],
  ['maxconn', 1],
]);

/**
 * What turns one backend into the other at run time; undefined where only a reload can.
 * An empty list means that only the order of the servers differs.
 */
export function serverChanges(
  before: ConfigSection,
  after: ConfigSection,
): readonly ServerChange[] | undefined {
  if (after.keyword !== 'backend' || !isDynamic(after) || settingsOf(before) !== settingsOf(after))
    return undefined;
  const [old, wanted] = [serversOf(before), serversOf(after)];
  if (old === undefined || wanted === undefined) return undefined;
  const changes: ServerChange[] = [];
  for (const server of wanted.values()) {
    const change = changeTo(server, old.get(server.name), after.name);
    if (change === 'impossible') return undefined;
    if (change !== undefined) changes.push(change);
  }
  const removed = [...old.keys()].filter((name) => !wanted.has(name));
  return [...changes, ...removed.map((name) => ({ kind: 'remove' as const, backend: after.name, name }))];
}

/**
 * True where a text may speak of a server from elsewhere (`track`, `use-server`, `srv_is_up()` and its kin): taken away
 * at run time, it would leave a text behind that no HAProxy starts with.
 */
export function mayReferToServers(text: string): boolean {
  return /\btrack\b|\buse-server\b|\bsrv_[a-z_]+\(|\bserver[_-]state\b/.test(text);
}

function changeTo(
  server: ServerLine,
  old: ServerLine | undefined,
  backend: string,
): ServerChange | 'impossible' | undefined {
  if (old === undefined) return canBeAdded(server) ? { kind: 'add', backend, server } : 'impossible';
  if (old.options.join(' ') !== server.options.join(' ')) return 'impossible';
  return old.address === server.address && old.port === server.port
    ? undefined
    : { kind: 'move', backend, server };
}

function isDynamic(backend: ConfigSection): boolean {
  const balance = backend.lines.find((line) => line.words[0] === 'balance')?.words[1] ?? '';
  return (
    PLAIN_WORD.test(backend.name) &&
    DYNAMIC_BALANCE.test(balance) &&
    !backend.lines.some((line) => TIED_TO_SERVERS.has(line.words[0] ?? ''))
  );
}

/** Everything of a section but its servers. */
function settingsOf(section: ConfigSection): string {
  const lines = [section.head, ...section.lines].filter((line) => line.words[0] !== 'server');
  return JSON.stringify(lines.map((line) => line.words));
}

/** By name; undefined where a name comes twice or an address is no plain address and port. */
function serversOf(section: ConfigSection): ReadonlyMap<string, ServerLine> | undefined {
  const servers = new Map<string, ServerLine>();
  for (const line of section.lines.filter((each) => each.words[0] === 'server')) {
    const server = parseServer(line);
    if (server === undefined || servers.has(server.name)) return undefined;
    servers.set(server.name, server);
  }
  return servers;
}

/** A `server` line with an IP address and a port; anything else gives undefined. */
export function parseServer(line: Pick<ConfigLine, 'words'>): ServerLine | undefined {
  const [, name = '', place = '', ...options] = line.words;
  const found = parsePlace(place);
  return found === undefined || !PLAIN_WORD.test(name) ? undefined : { name, ...found, options };
}

function parsePlace(place: string): Pick<ServerLine, 'address' | 'port'> | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(place);
  const address = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  return port >= 1 && port <= 65_535 && parseIp(address) !== undefined ? { address, port } : undefined;
}

function canBeAdded({ options }: ServerLine): boolean {
  if (!options.every((option) => PLAIN_WORD.test(option))) return false;
  for (let index = 0; index < options.length; index += 1) {
    const values = DYNAMIC_OPTIONS.get(options[index] ?? '');
    if (values === undefined) return false;
    index += values;
  }
  return true;
}
