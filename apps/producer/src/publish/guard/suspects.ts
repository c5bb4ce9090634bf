import type { LostHost, Stood } from './losses.ts';

/** The largest share of what all others have that they may lose beside a namespace that removes much itself. */
const QUIET_SHARE = 0.1;

export interface MuchLost {
  readonly what: 'hosts' | 'binds';
  readonly lost: readonly LostHost[];
  /** How many went within the last ten minutes already. */
  readonly before: number;
  readonly stood: Stood;
  readonly settings: { readonly share: number; readonly minimum: number };
}

/**
 * What of the hosts is held if too much is lost: all, or those of one namespace that loses nearly all of it. It may have
 * deleted them, and nobody else shall wait for that. If the others lose something worth mentioning, too, as with a list
 * that is incomplete, or if there are no others, all are held.
 */
export function suspectsOf({ what, lost, before, stood, settings }: MuchLost): readonly LostHost[] {
  const counts = countByNamespace(what, lost);
  const [[namespace, own] = ['', 0]] = [...counts].sort(([, a], [, b]) => b - a);
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const others = { stood: stood[what] - (stood.of.get(namespace)?.[what] ?? 0), lost: all - own + before };
  const isQuiet =
    others.lost <= settings.share * others.stood &&
    (others.lost < settings.minimum || others.lost <= QUIET_SHARE * others.stood);
  if (!isQuiet) return lost;
  return lost.filter(({ source }) => source.namespace === namespace);
}

/** A bind counts once for each namespace that has hosts on it. */
function countByNamespace(what: MuchLost['what'], lost: readonly LostHost[]): ReadonlyMap<string, number> {
  const ids = new Map<string, Set<string>>();
  for (const { id, bind, source } of lost) {
    const known = ids.get(source.namespace) ?? new Set();
    ids.set(source.namespace, known.add(what === 'binds' ? bind : id));
  }
  return new Map([...ids].map(([namespace, own]) => [namespace, own.size]));
}

/** True if hosts of several namespaces are held, or of the only one: the whole list may be of a wrong source then. */
export function isOfAll(held: readonly LostHost[], stood: Stood): boolean {
  const namespaces = new Set(held.map(({ source }) => source.namespace));
  return namespaces.size > 1 || (namespaces.size === 1 && stood.of.size === 1);
}
