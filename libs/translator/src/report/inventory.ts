import type { SourceRef } from '@kubefigurator/config-model';
import { formatAddressPort, sourceKey } from '@kubefigurator/config-model';
import { parseConfigText, parseServer } from '@kubefigurator/haproxy-config';
import type { GuardedBackend } from '../claims/guarded.ts';
import type { StandingClaims } from '../claims/standing.ts';
import { EVERY_HOST } from '../claims/standing.ts';
import type { ProxyMode, Server } from '../intent/intent.ts';
import { PLAIN_WORD } from '../intent/plain-word.ts';
import { backendName } from '../model/names.ts';
import type { Backend, ProxyModel } from '../model/proxy-model.ts';
import { rememberLast } from '../remember.ts';

/** The source to which each host of a bind leads, by the host's name or `EVERY_HOST`. */
export type HostOwners = ReadonlyMap<string, SourceRef>;

export interface InventoryBind {
  readonly address: string;
  readonly port: number;
  readonly mode: ProxyMode;
  readonly tls: boolean;
  readonly hosts: HostOwners;
}

export interface InventoryBackend {
  /** The names of the servers, in the order of the text. */
  readonly servers: readonly string[];
}

/** What clients can reach by a text. */
export interface Inventory {
  /** By address and port. */
  readonly binds: ReadonlyMap<string, InventoryBind>;
  /** By name. */
  readonly backends: ReadonlyMap<string, InventoryBackend>;
}

/** What clients could reach by the text of this model. */
export function inventoryOfModel({ frontends, backends }: ProxyModel): Inventory {
  const binds = frontends.map(({ bind, mode, routes, defaultBackend }): InventoryBind => {
    const hosts = new Map<string, SourceRef>();
    for (const route of routes) for (const host of route.hosts) hosts.set(host, route.source);
    if (defaultBackend !== undefined) hosts.set(EVERY_HOST, defaultBackend.source);
    const { address, port } = bind;
    return { address, port, mode, tls: bind.tls !== undefined, hosts };
  });
  return {
    binds: byEndpoint(binds),
    backends: new Map(backends.map((backend) => [backend.name, inventoryOfBackend(backend)])),
  };
}

/** The same object for a backend that is what it was in the pass before. */
const inventoryOfBackend = rememberLast(({ servers }: Backend): InventoryBackend => ({
  servers: servers.map((server) => server.name),
}));

/** What clients can reach by a published text; `claims` are read from it. What is only reserved is left out. */
export function readInventory(text: string, claims: StandingClaims): Inventory {
  const binds = [...claims.values()].flatMap(({ address, port, served, sources }): InventoryBind[] => {
    const remembered = [...sources.values()].filter(({ state }) => state === 'served');
    const [first] = remembered;
    if (!served || first === undefined) return [];
    const { mode, tls } = first;
    const hosts = new Map<string, SourceRef>();
    for (const each of remembered) for (const host of each.hosts) hosts.set(host, each.source);
    return [{ address, port, mode, tls, hosts }];
  });
  return { binds: byEndpoint(binds), backends: readBackends(text) };
}

function byEndpoint(binds: readonly InventoryBind[]): Map<string, InventoryBind> {
  return new Map(binds.map((bind) => [formatAddressPort(bind.address, bind.port), bind]));
}

const BACKEND = '\nbackend ';
const SERVER = '\n  server ';

/** Looks for the two beginnings of lines only, since parsing takes long: a text may have 250,000 servers. */
function readBackends(text: string): Map<string, InventoryBackend> {
  const backends = new Map<string, InventoryBackend>();
  let server = text.indexOf(SERVER, Math.max(0, text.indexOf(BACKEND)));
  for (let start = text.indexOf(BACKEND); start >= 0;) {
    const next = text.indexOf(BACKEND, start + 1);
    const end = next < 0 ? text.length : next;
    const name = wordAt(text, start + BACKEND.length);
    const servers: string[] = [];
    for (; server >= 0 && server < end; server = text.indexOf(SERVER, server + 1))
      servers.push(wordAt(text, server + SERVER.length));
    backends.set(name, { servers });
    start = next;
  }
  return backends;
}

/** In characters; names of backends and servers are shorter. */
const LONGEST_WORD = 300;

/** The word that begins at `start`. */
function wordAt(text: string, start: number): string {
  const end = text.slice(start, start + LONGEST_WORD).search(/\s/);
  return text.slice(start, end < 0 ? text.length : start + end);
}

/** Where the lines of a backend begin and end in a published text, as offsets; its source comment is the first line. */
interface Place {
  readonly start: number;
  readonly end: number;
}

function findBackends(text: string, names: ReadonlySet<string>): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  for (let head = text.indexOf(BACKEND); head >= 0; head = text.indexOf(BACKEND, head + 1)) {
    const name = wordAt(text, head + BACKEND.length);
    if (!names.has(name)) continue;
    const end = text.indexOf('\n\n', head);
    places.set(name, { start: text.lastIndexOf('\n\n', head) + 2, end: end < 0 ? text.length : end });
  }
  return places;
}

/**
 * The backends of these sources as they stand in a published text, by `sourceKey`. One that a person has edited so
 * that we can't copy it is missing.
 */
export function readStandingSections(
  text: string,
  sources: readonly SourceRef[],
): ReadonlyMap<string, GuardedBackend> {
  const places = findBackends(text, new Set(sources.map(backendName)));
  return new Map(
    sources.flatMap((source) => {
      const place = places.get(backendName(source));
      const backend = place && readSection(text.slice(place.start, place.end).trimEnd());
      return backend === undefined ? [] : [[sourceKey(source), backend] as const];
    }),
  );
}

function readSection(section: string): GuardedBackend | undefined {
  const [only, ...others] = parseConfigText(section).sections;
  if (only === undefined || others.length > 0 || only.raw !== section) return undefined;
  const lines = only.lines.map(({ words }) => words);
  // A person may have edited the text.
  if (!lines.flat().every((word) => PLAIN_WORD.test(word))) return undefined;
  return { section, servers: lines.flatMap((words) => (words[0] === 'server' ? serverOf(words) : [])) };
}

/** Servers of a published text, by the name of their backend: those whose names are in `wanted`, by the same key. */
export function readStandingServers(
  text: string,
  wanted: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlyMap<string, readonly Server[]> {
  const places = findBackends(text, new Set(wanted.keys()));
  return new Map(
    [...places].map(([backend, { start, end }]) => {
      const lines = text.slice(start, end).split('\n');
      const servers = lines.flatMap((line) =>
        line.startsWith('  server ') ? serverOf(line.trim().split(' ')) : [],
      );
      return [backend, servers.filter(({ name }) => wanted.get(backend)?.has(name) === true)];
    }),
  );
}

function serverOf(words: readonly string[]): readonly Server[] {
  const server = parseServer({ words });
  return server === undefined ? [] : [{ name: server.name, address: server.address, port: server.port }];
}
