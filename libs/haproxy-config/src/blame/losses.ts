import type { SourceRef } from '@kubefigurator/config-model';
import { sourceKey } from '@kubefigurator/config-model';
import { bindPoints, formatBind } from '../parse/binds.ts';
import type { ConfigText } from '../parse/config-text.ts';

/** What the losses of a reduction are counted against. */
export interface Losable {
  /** What HAProxy runs, as far as is known. */
  readonly running: ConfigText | undefined;
  /** The candidate before anything was left out of it, so that the losses of several reductions are added up. */
  readonly whole: ConfigText;
}

/**
 * The ports that a text serves, by `sourceKey`; in a text without source comments the addresses that it listens on,
 * each without a source.
 */
type Served = ReadonlyMap<string, SourceRef | undefined>;

/**
 * Why the losses of a reduction look like trouble of this host: most of the ports that are served now would be lost, by
 * most of the namespaces. If only one namespace loses most of its ports, it caused that itself. If all ports are of one
 * namespace, its Services are counted instead. Undefined if the losses don't look like trouble of this host.
 */
export function hostTrouble({ running, whole }: Losable, rest: ConfigText): string | undefined {
  const [served, wanted, after] = [servedBy(running), servedBy(whole), servedBy(rest)];
  const lost = [...served.keys()].filter((key) => wanted.has(key) && !after.has(key));
  if (lost.length <= 1 || !isMostOf(served.size, lost.length)) return undefined;
  const ports = `${lost.length} of ${served.size} ports served now`;
  const owners = ownersOf(served, wanted);
  const portsOf = countBy([...served.keys()], owners.of);
  const losers = [...countBy(lost, owners.of)].filter(([owner, count]) =>
    isMostOf(portsOf.get(owner) ?? 0, count),
  );
  if (losers.length <= 1 || !isMostOf(portsOf.size, losers.length)) return undefined;
  const who = owners.what === undefined ? '' : `, of ${losers.length} of ${portsOf.size} ${owners.what},`;
  return `${ports}${who} would be lost, which looks like trouble of this host`;
}

function isMostOf(all: number, part: number): boolean {
  return part * 2 > all;
}

/** To whom the keys of `Served` belong. */
interface Owners {
  /** Undefined for a text without source comments, in which each address counts as an owner. */
  readonly what: 'namespaces' | 'Services' | undefined;
  /** The owner of a key of `Served`. */
  readonly of: (key: string) => string;
}

function ownersOf(served: Served, wanted: Served): Owners {
  const sources = [...served.values(), ...wanted.values()].flatMap((source) => source ?? []);
  if (sources.length === 0) return { what: undefined, of: (key) => key };
  const hasNamespaces = new Set(sources.map(({ namespace }) => namespace)).size > 1;
  const of = (key: string): string => {
    const source = served.get(key);
    if (source === undefined) return key;
    return hasNamespaces ? source.namespace : `${source.namespace}/${source.service}`;
  };
  return { what: hasNamespaces ? 'namespaces' : 'Services', of };
}

function countBy(keys: readonly string[], ownerOf: Owners['of']): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const owner of keys.map(ownerOf)) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  return counts;
}

function servedBy(config: ConfigText | undefined): Served {
  if (config === undefined) return new Map();
  const frontends = config.sections.filter((section) => section.keyword !== 'backend');
  const ports = frontends.flatMap((section) => section.head.sources);
  if (ports.length > 0) return new Map(ports.map((source) => [sourceKey(source), source]));
  return new Map(bindPoints(config).map((point) => [formatBind(point), undefined]));
}
