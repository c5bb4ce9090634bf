import { compareText } from '@kubefigurator/config-model';
import type { Route } from './proxy-model.ts';
import { backendName, bySource } from './names.ts';
import type { Intent } from '../intent/intent.ts';

/** HAProxy reads 64 words on a line, and a `use_backend` rule has eight besides its host names. */
export const MOST_HOSTS = 50;

interface Group {
  readonly intent: Intent;
  readonly match: Route['match'];
  /** Labels of the wildcards; 0 for exact names. */
  readonly labels: number;
  readonly hosts: string[];
}

/**
 * The host rules of a bind in the order in which HAProxy tries them: exact names first, then wildcards with more labels
 * before those with fewer. Two names of the same rank never match the same request, so their order has no effect.
 */
export function createRoutes(holders: readonly Intent[]): Route[] {
  const groups = holders.flatMap(groupHosts);
  groups.sort((a, b) => rank(a) - rank(b) || bySource(a.intent, b.intent));
  return groups.flatMap(toRoutes);
}

function rank(group: Group): number {
  return group.match === 'exact' ? -Infinity : -group.labels;
}

function groupHosts(intent: Intent): Group[] {
  const groups = new Map<number, Group>();
  for (const { match, name } of intent.hosts) {
    const labels = match === 'exact' ? 0 : name.split('.').length;
    const group = groups.get(labels) ?? { intent, match, labels, hosts: [] };
    group.hosts.push(name);
    groups.set(labels, group);
  }
  return [...groups.values()];
}

function toRoutes({ intent, match, hosts }: Group): Route[] {
  const sorted = [...hosts].sort(compareText);
  const count = Math.ceil(sorted.length / MOST_HOSTS);
  return Array.from({ length: count }, (_, index) => ({
    source: intent.source,
    backend: backendName(intent.source),
    match,
    hosts: sorted.slice(index * MOST_HOSTS, (index + 1) * MOST_HOSTS),
  }));
}
