import { compareText } from '@kubefigurator/config-model';
import type { Route } from './proxy-model.ts';
import { backendName, compareBySource } from './names.ts';
import type { HostPattern, Intent } from '../intent/intent.ts';
import { MOST_HOSTS } from '../intent/intent.ts';
import { rememberLast } from '../remember.ts';

/** The host names of one port that have one rank (exact, or wildcards of so many labels), in lines of `MOST_HOSTS`. */
interface HostGroup {
  readonly match: Route['match'];
  /** How many parts between dots the wildcards have; 0 for exact names. */
  readonly labels: number;
  readonly lines: readonly (readonly string[])[];
}

interface Group extends HostGroup {
  readonly intent: Intent;
  readonly routes: readonly Route[];
}

/**
 * The host rules of a bind in the order in which HAProxy tries them: exact names first, then wildcards with more labels
 * before those with fewer. Two names of the same rank never match the same request, so their order has no effect.
 */
export function createRoutes(holders: readonly Intent[]): Route[] {
  const groups = holders.flatMap((intent) => groupsOnce(intent));
  groups.sort((a, b) => rank(a) - rank(b) || compareBySource(a.intent, b.intent));
  return groups.flatMap(({ routes }) => routes);
}

/** Most ports have the rules that they had in the pass before. */
const groupsOnce = rememberLast((intent: Intent): readonly Group[] =>
  groupHosts(intent.hosts).map((group) => ({ ...group, intent, routes: toRoutes(intent, group) })),
);

function rank(group: Group): number {
  return group.match === 'exact' ? -Infinity : -group.labels;
}

/** Hundreds of ports and binds may share one list of a thousand names, which is sorted once. */
const grouped = new WeakMap<readonly HostPattern[], readonly HostGroup[]>();

function groupHosts(patterns: readonly HostPattern[]): readonly HostGroup[] {
  const known = grouped.get(patterns);
  if (known !== undefined) return known;
  const names = new Map<number, string[]>();
  for (const { match, name } of patterns) {
    const labels = match === 'exact' ? 0 : name.split('.').length;
    const list = names.get(labels);
    if (list === undefined) names.set(labels, [name]);
    else list.push(name);
  }
  const groups = [...names].map(([labels, list]) => ({
    match: labels === 0 ? ('exact' as const) : ('wildcard' as const),
    labels,
    lines: toLines(list.sort(compareText)),
  }));
  grouped.set(patterns, groups);
  return groups;
}

function toLines(hosts: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(hosts.length / MOST_HOSTS) }, (_, index) =>
    hosts.slice(index * MOST_HOSTS, (index + 1) * MOST_HOSTS),
  );
}

function toRoutes({ source }: Intent, { match, lines }: HostGroup): Route[] {
  const backend = backendName(source);
  return lines.map((hosts) => ({ source, backend, match, hosts }));
}
