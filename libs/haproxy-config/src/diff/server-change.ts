import type { ConfigSection, ConfigText, ParsedText } from '../parse/config-text.ts';
import { parseConfigText } from '../parse/config-text.ts';
import type { RuntimeCommand } from './runtime-command.ts';
import { runtimeCommand, SILENCE } from './runtime-command.ts';
import type { ServerLine } from './server-line.ts';
import { formatServerPlace, PLAIN_WORD, serversOfSection } from './server-line.ts';

/** A change of one server that HAProxy's runtime API can make (management guide, section 9.3). */
export type ServerChange = {
  readonly kind: 'server';
  readonly backend: string;
} & (
  | { readonly action: 'add'; readonly server: ServerLine }
  | { readonly action: 'move'; readonly server: ServerLine }
  | { readonly action: 'remove'; readonly name: string }
);

/** A server that the next text doesn't have. */
export type ServerRemoval = Extract<ServerChange, { action: 'remove' }>;
/** A server that gets another address or port. */
export type ServerMove = Extract<ServerChange, { action: 'move' }>;

/**
 * Algorithms that accept servers at run time and don't depend on the order of the servers. `first` uses this order, and
 * hashes use the server ids, which a fresh start assigns in this order.
 */
const DYNAMIC_BALANCE = /^(?:roundrobin|leastconn|random(?:\(\d{1,9}\))?)$/;

/** True if HAProxy takes and drops servers at run time with this algorithm: the first word behind `balance`. */
function takesServersAtRunTime(algorithm: string): boolean {
  return DYNAMIC_BALANCE.test(algorithm);
}

/** Directives that give servers settings which the command `add server` can't express. */
const TIED_TO_SERVERS = new Set([
  'cookie',
  'default-server',
  'server-template',
  'use-server',
  'load-server-state-from-file',
]);
/** What `add server` takes from HAProxy 2.6 on, each with its number of values. */
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
  ['check-alpn', 1],
  ['proto', 1],
  ['inter', 1],
  ['rise', 1],
  ['fall', 1],
  ['port', 1],
  ['weight', 1],
  ['maxconn', 1],
]);

/**
 * The changes that turn one backend into another at run time; undefined if only a reload can. An empty list means that
 * only the order of the servers, comments or spacing differ. `mayChangeServers` judges the changes against the whole
 * text.
 */
export function diffServers(
  before: ConfigSection,
  after: ConfigSection,
): readonly ServerChange[] | undefined {
  if (after.keyword !== 'backend' || !isDynamic(after) || settingsOf(before) !== settingsOf(after))
    return undefined;
  const [old, wanted] = [serversOfSection(before), serversOfSection(after)];
  if (old === undefined || wanted === undefined) return undefined;
  const { name: backend } = after;
  const changes: ServerChange[] = [];
  for (const server of wanted.values()) {
    const change = changeTo(server, old.get(server.name), backend);
    if (change === 'impossible') return undefined;
    if (change !== undefined) changes.push(change);
  }
  const removed = [...old.keys()].filter((name) => !wanted.has(name));
  return [
    ...changes,
    ...removed.map((name) => ({ kind: 'server', action: 'remove', backend, name }) as const),
  ];
}

function changeTo(
  server: ServerLine,
  old: ServerLine | undefined,
  backend: string,
): ServerChange | 'impossible' | undefined {
  if (old === undefined)
    return canBeAdded(server) ? { kind: 'server', action: 'add', backend, server } : 'impossible';
  if (old.options.join(' ') !== server.options.join(' ')) return 'impossible';
  return old.address === server.address && old.port === server.port
    ? undefined
    : { kind: 'server', action: 'move', backend, server };
}

/** True if HAProxy takes and drops servers of this backend at run time. */
function isDynamic(backend: ConfigSection): boolean {
  const balance = backend.lines.find((line) => line.words[0] === 'balance')?.words[1] ?? '';
  // `lower` writes `load-server-state-from-file none`, which ties nothing to a server.
  const isTied = backend.lines.some(
    ({ words: [keyword = '', value] }) =>
      TIED_TO_SERVERS.has(keyword) && !(keyword === 'load-server-state-from-file' && value === 'none'),
  );
  return PLAIN_WORD.test(backend.name) && takesServersAtRunTime(balance) && !isTied;
}

/** Everything of a section but its servers. */
function settingsOf(section: ConfigSection): string {
  const lines = [section.head, ...section.lines].filter((line) => line.words[0] !== 'server');
  return JSON.stringify(lines.map((line) => line.words));
}

function canBeAdded({ options }: ServerLine): boolean {
  return (
    options.every((option) => PLAIN_WORD.test(option)) &&
    withoutValues(options).every((option) => DYNAMIC_OPTIONS.has(option))
  );
}

/** The options of a server without their values; an unknown option counts as one without a value. */
function withoutValues(options: readonly string[]): string[] {
  const names: string[] = [];
  for (let index = 0; index < options.length; index += 1) {
    const name = options[index] ?? '';
    names.push(name);
    index += DYNAMIC_OPTIONS.get(name) ?? 0;
  }
  return names;
}

/**
 * False if the text may refer to a server that is removed, or if it has a `default-server` in `defaults`: a fresh start
 * would give its options to every server, `add server` would not.
 */
export function mayChangeServers(changes: readonly ServerChange[], { text, config }: ParsedText): boolean {
  const removes = changes.some((change) => change.action === 'remove');
  return !(removes && mayReferToServers(text, config)) && !hasServerDefaults(config);
}

/**
 * True if a text may refer to a server from elsewhere (`track`, `use-server`, `srv_is_up()` and similar). If such a
 * server were removed at run time, HAProxy would not start with the text that is left. Files of server states don't
 * count, since a release makes HAProxy ignore them.
 */
export function mayReferToServers(text: string, config?: ConfigText): boolean {
  // Most texts have none of the words, not even in the name of a Service or of a host.
  if (!/\btrack\b|\buse-server\b|\bsrv_[a-z_]+\(/.test(text)) return false;
  const { sections } = config ?? parseConfigText(text);
  return sections.some(({ lines }) => lines.some(({ words }) => refersToServers(words)));
}

function refersToServers(words: readonly string[]): boolean {
  const [directive = ''] = words;
  if (directive === 'use-server') return true;
  const from = FIRST_OPTION.get(directive);
  // Without values, since the value of another option may be the word `track`, too.
  const isTracking = from !== undefined && withoutValues(words.slice(from)).includes('track');
  return isTracking || words.some((word) => /\bsrv_[a-z_]+\(/.test(word));
}

/** By directive, how many words stand before the options of a server. */
const FIRST_OPTION: ReadonlyMap<string, number> = new Map([
  ['server', 3],
  ['server-template', 4],
  ['default-server', 1],
]);

function hasServerDefaults({ sections }: ConfigText): boolean {
  return sections.some(
    (section) =>
      section.keyword === 'defaults' && section.lines.some((line) => line.words[0] === 'default-server'),
  );
}

/**
 * The commands for one change, in order. They put a removed server into maintenance only; `deleteServerCommand` deletes
 * it once it has no connection.
 */
export function serverCommands(change: ServerChange): readonly RuntimeCommand[] {
  const name = runtimeServerName(change);
  if (change.action === 'remove') return [runtimeCommand(`set server ${name} state maint`, SILENCE)];
  const { address, port, options } = change.server;
  if (change.action === 'move') {
    const expects = /changed from|no need to change/;
    return [runtimeCommand(`set server ${name} addr ${address} port ${port}`, expects)];
  }
  const add = ['add server', name, formatServerPlace(change.server), ...options].join(' ');
  return [
    runtimeCommand(add, /^New server registered\.$/),
    ...(options.includes('check') ? [runtimeCommand(`enable health ${name}`, SILENCE)] : []),
    runtimeCommand(`enable server ${name}`, SILENCE),
  ];
}

/** Deletes a removed server; HAProxy refuses it as long as a connection uses the server. */
export function deleteServerCommand(removal: ServerRemoval): RuntimeCommand {
  return runtimeCommand(`del server ${runtimeServerName(removal)}`, /^Server deleted\.$/);
}

/** `backend/server`, as HAProxy's commands name it. */
export function runtimeServerName(change: ServerChange): string {
  return `${change.backend}/${change.action === 'remove' ? change.name : change.server.name}`;
}
