import type { Excess } from '@kubefigurator/haproxy-config';
import type { Intent } from '../intent/intent.ts';
import type { LeftOut } from './candidates.ts';
import { candidatesToLeaveOut, loadAlone } from './candidates.ts';
import type { FitOptions } from './options.ts';
import { addLoads, NO_LOAD } from './load.ts';
import { largestShareOf } from './order.ts';
import type { BuiltText } from './search.ts';
import { leaveOutFewest, withoutCandidates } from './search.ts';

/** What is asked for, without the Services that are left out because their namespaces would be over their share. */
export interface WithinShares {
  readonly intents: readonly Intent[];
  readonly leftOut: readonly LeftOut[];
}

interface ShareOptions<Built extends BuiltText> extends Pick<
  FitOptions<Built>,
  'standing' | 'published' | 'nodes' | 'buildAlone' | 'excess' | 'leftOutBefore' | 'guardedNamespaces'
> {
  /** The part of each limit that one namespace may use. */
  readonly share: number;
}

/**
 * The Services of each namespace have to fit into a part of each limit, so that no namespace can fill all of the room: what
 * is published once stays. A text with the Services of one namespace alone is built, and if it is too large for that part,
 * those that aren't published yet are left out, the largest first. `excesses` are those that the text of all would have if
 * it could use only that part. If only one namespace has Services, it may use all.
 */
export function withinShares<Built extends BuiltText>(
  intents: readonly Intent[],
  excesses: readonly Excess[],
  options: ShareOptions<Built>,
): WithinShares {
  const namespaces = byNamespace(intents);
  if (options.share >= 1 || namespaces.size < 2) return { intents, leftOut: [] };
  const leftOut = [...namespaces.values()]
    .filter((own) => mayExceed(own, excesses, options))
    .flatMap((own) => overShare(own, options));
  const candidates = leftOut.map(({ candidate }) => candidate);
  return { intents: withoutCandidates(intents, candidates, options.published), leftOut };
}

function byNamespace(intents: readonly Intent[]): ReadonlyMap<string, readonly Intent[]> {
  const namespaces = new Map<string, Intent[]>();
  for (const intent of intents) {
    const { namespace } = intent.source;
    const own = namespaces.get(namespace);
    if (own === undefined) namespaces.set(namespace, [intent]);
    else own.push(intent);
  }
  return namespaces;
}

/** A text whose estimate is below half a limit is within it: an estimate may be wrong by a quarter, and gzip only shrinks. */
const AT_LEAST = 0.5;

/** A cheap estimate: false if a text with these ports alone can't be too large, or if all of them are published. */
function mayExceed<Built extends BuiltText>(
  own: readonly Intent[],
  excesses: readonly Excess[],
  { published, nodes, share, guardedNamespaces }: ShareOptions<Built>,
): boolean {
  const mayBeTooLarge = (): boolean => {
    const load = own.reduce((sum, intent) => addLoads(sum, loadAlone(intent, nodes.length)), NO_LOAD);
    return excesses.some(({ resource, most }) => load[resource] > AT_LEAST * share * most);
  };
  // What a guard holds isn't in the estimate.
  const isGuarded = own.some(({ source }) => guardedNamespaces.has(source.namespace));
  // The last question has the backends of the standing text read, so that it comes last.
  return (isGuarded || mayBeTooLarge()) && !own.every(published.isWhole);
}

function overShare<Built extends BuiltText>(own: readonly Intent[], options: ShareOptions<Built>): LeftOut[] {
  const { standing, published, nodes, buildAlone, excess, share } = options;
  const built = buildAlone(own);
  const excesses = excess(built, share);
  if (excesses.length === 0) return [];
  const occupied = { intents: own, claims: built.claims, standing, published, nodes: nodes.length, excesses };
  const { leftOut } = leaveOutFewest<Built>(
    {
      intents: own,
      published,
      candidates: candidatesToLeaveOut(occupied),
      weigh: (load) => largestShareOf(load, excesses, built.text),
      buildText: buildAlone,
      excess: (each) => excess(each, share),
      leftOutBefore: options.leftOutBefore?.forShare,
    },
    { built, excesses },
  );
  return leftOut.map((candidate) => ({ candidate, excesses, share: true }));
}
