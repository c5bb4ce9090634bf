import type { HostPattern, Intent } from '../intent/intent.ts';
import { MOST_HOSTS } from '../intent/intent.ts';

/** What somebody adds to the config text. */
export interface TextSize {
  readonly lines: number;
  readonly characters: number;
}

export const NO_TEXT: TextSize = { lines: 0, characters: 0 };

export function addSizes(one: TextSize, other: TextSize, times = 1): TextSize {
  return {
    lines: one.lines + times * other.lines,
    characters: one.characters + times * other.characters,
  };
}

/** A frontend of one's own with TLS, without its routes, and a backend without its servers, as the templates write them. */
const FRONTEND: TextSize = { lines: 9, characters: 330 };
const BACKEND: TextSize = { lines: 8, characters: 200 };
/** A comment and a rule, without the names in them. */
const ROUTE: TextSize = { lines: 2, characters: 90 };
/** Times that the names of a source are written in each of them. */
const NAMES = { frontend: 3, backend: 2, route: 2 };

/** The text of a port without the lines of its servers, as if it shared no bind: whatever other Services ask for, it is the same. */
export function sizeOf(intent: Intent): TextSize {
  const { bind } = intent;
  const binds = bind.addresses.kind === 'addresses' ? bind.addresses.addresses.length : 1;
  return addSizes(backendSize(intent), frontSize(intent), binds);
}

/** The lines of a port on each of its binds. */
export function frontSize({ source, hosts, tls }: Intent): TextSize {
  const names = lengthOfNames(source);
  const { routes, characters } = measureHosts(hosts);
  return {
    lines: FRONTEND.lines + routes * ROUTE.lines,
    characters:
      FRONTEND.characters +
      NAMES.frontend * names +
      2 * (tls?.certificate.length ?? 0) +
      routes * (ROUTE.characters + NAMES.route * names) +
      characters,
  };
}

/** The lines of the backend of a port without its servers. */
export function backendSize({ source, backend: { directives } }: Intent): TextSize {
  const words = directives.flatMap((directive) => directive.words.map((word) => String(word).length + 1));
  return {
    lines: BACKEND.lines + directives.length,
    characters:
      BACKEND.characters + NAMES.backend * lengthOfNames(source) + words.reduce((sum, each) => sum + each, 0),
  };
}

/** How many characters the names of a source have together. */
function lengthOfNames({ namespace, service, port }: Intent['source']): number {
  return namespace.length + service.length + port.length;
}

interface HostsSize {
  readonly routes: number;
  /** Of the names, with a blank each. */
  readonly characters: number;
}

/** Ports that share an annotation share its list. */
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
