import { tlsCostOf } from '@kubefigurator/haproxy-config';
import type { BackendIntent, HostPattern, Intent } from '../intent/intent.ts';
import { MOST_HOSTS } from '../intent/intent.ts';
import { serverWords } from '../intent/server-words.ts';

/** What a part of the config text has. */
export interface TextSize {
  readonly lines: number;
  /** Words are separated by blanks and commas, as the gate on the hosts counts them. */
  readonly words: number;
  readonly characters: number;
}

export const NO_TEXT: TextSize = { lines: 0, words: 0, characters: 0 };

/** `one` plus `other` multiplied by `times`; with -1 it is the difference. */
export function addSizes(one: TextSize, other: TextSize, times = 1): TextSize {
  return {
    lines: one.lines + times * other.lines,
    words: one.words + times * other.words,
    characters: one.characters + times * other.characters,
  };
}

/** These four are estimates. A frontend with TLS that no other port shares, without its routes; a backend without its servers. */
export const FRONTEND: TextSize = { lines: 9, words: 60, characters: 330 };
const BACKEND: TextSize = { lines: 8, words: 40, characters: 200 };
/** A comment and a rule, without the names in them. */
const ROUTE: TextSize = { lines: 2, words: 17, characters: 90 };
/** `  server worker-a 10.1.0.11:30080`, with room for longer names and for IPv6. */
const SERVER: TextSize = { lines: 1, words: 5, characters: 50 };
/**
 * How often each of these has the names of its source. Those of a frontend are in the comments above the bind; a port that
 * shares a frontend adds such comments as well.
 */
const NAMES = { frontend: 3, backend: 2, route: 2 };

/** The text of a port without its servers. It counts as if it shared no bind, so that other Services don't change the size. */
export function sizeOfPort(intent: Intent): TextSize {
  const { bind } = intent;
  const binds = bind.addresses.kind === 'addresses' ? bind.addresses.addresses.length : 1;
  return addSizes(backendSize(intent), frontSize(intent), binds);
}

/** How many rules lead to a port on each of its binds. */
export function countRoutes({ hosts }: Intent): number {
  return measureHosts(hosts).routes;
}

/** The lines of a port on one of its binds, if no other port shares the frontend. */
export function frontSize(intent: Intent): TextSize {
  return addSizes(FRONTEND, routesSize(intent));
}

/** The lines that a port adds to a frontend that exists already. */
export function routesSize({ source, hosts, tls }: Intent): TextSize {
  const names = lengthOfNames(source);
  const { routes, characters } = measureHosts(hosts);
  return {
    lines: routes * ROUTE.lines,
    words: routes * ROUTE.words + hosts.length,
    characters:
      NAMES.frontend * names +
      // On the bind line, and in the comment above it.
      2 * (tls?.certificate.length ?? 0) +
      routes * (ROUTE.characters + NAMES.route * names) +
      characters,
  };
}

/** The lines of the backend of a port without its servers. */
export function backendSize({ source, backend: { balance, directives } }: Intent): TextSize {
  const written = [...balance, ...directives.flatMap((directive) => directive.words)];
  const words = written.map((word) => String(word).length + 1);
  return {
    lines: BACKEND.lines + directives.length,
    words: BACKEND.words + words.length,
    characters:
      BACKEND.characters + NAMES.backend * lengthOfNames(source) + words.reduce((sum, each) => sum + each, 0),
  };
}

/** The line of one server of a port. */
export function serverSize({ backend }: Intent): TextSize {
  return addSizes(SERVER, sizeOfWords(serverWords(backend)));
}

/** The size of a text that is written: counted, not estimated. */
export function sizeOfText(text: string): TextSize {
  return {
    lines: text.split('\n').length,
    words: text.split(/[\s,]+/).filter((word) => word !== '').length,
    characters: text.length + 1,
  };
}

/** How much one server of a backend counts for the limit of servers with TLS: 0 without TLS. */
export function serverTlsCost(backend: BackendIntent): number {
  return backend.tls === undefined ? 0 : tlsCostOf(` ${serverWords(backend).join(' ')}`);
}

const PLAIN_SERVER = sizeOfWords(serverWords({ tls: undefined }));

/** What the options of a port add to the line of each server. */
export function serverOptionsSize({ backend }: Intent): TextSize {
  return addSizes(sizeOfWords(serverWords(backend)), PLAIN_SERVER, -1);
}

function sizeOfWords(words: readonly string[]): TextSize {
  return {
    lines: 0,
    words: words.length,
    characters: words.reduce((sum, { length }) => sum + 1 + length, 0),
  };
}

/** How many characters the names of a source have together. */
function lengthOfNames({ namespace, service, port }: Intent['source']): number {
  return namespace.length + service.length + port.length;
}

interface HostsSize {
  /** How many rules the names need, at least 1: exact names share rules, and so do wildcards of equally many labels. */
  readonly routes: number;
  /** Those of the names, each with a blank. */
  readonly characters: number;
}

/** By the list of names, which ports share if they share the annotation. */
const measured = new WeakMap<readonly HostPattern[], HostsSize>();

function measureHosts(hosts: readonly HostPattern[]): HostsSize {
  const known = measured.get(hosts);
  if (known !== undefined) return known;
  const counts = new Map<number, number>();
  let characters = 0;
  for (const { match, name } of hosts) {
    const labels = match === 'exact' ? 0 : name.split('.').length;
    counts.set(labels, (counts.get(labels) ?? 0) + 1);
    characters += name.length + 1;
  }
  const routes = [...counts.values()].reduce((sum, count) => sum + Math.ceil(count / MOST_HOSTS), 0);
  const size = { routes: Math.max(1, routes), characters };
  measured.set(hosts, size);
  return size;
}
