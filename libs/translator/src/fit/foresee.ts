import type { Excess, TextLimit } from '@kubefigurator/haproxy-config';
import type { Claims } from '../claims/claims.ts';
import type { Intent } from '../intent/intent.ts';
import type { Candidate, LeftOut } from './candidates.ts';
import { candidatesToLeaveOut } from './candidates.ts';
import { crowdingServices, MOST_REPEATED } from './crowd.ts';
import type { Load } from './load.ts';
import { addLoads, FRONTEND_LOAD, frontLoad, NO_LOAD } from './load.ts';
import type { FitOptions } from './options.ts';
import { candidatesInFairOrder } from './order.ts';
import type { BuiltText } from './search.ts';
import { withoutCandidates } from './search.ts';
import { servicesInText } from './services.ts';

/** What is asked for, without the Services that are left out before a text is written. */
export interface WithoutFarTooLarge {
  readonly intents: readonly Intent[];
  readonly leftOut: readonly LeftOut[];
}

interface Parts {
  /** The part of each limit that the text may use, from 0 to 1. */
  readonly part: number;
  /** The part that one namespace may use. */
  readonly share: number;
}

type ForeseeOptions<Built extends BuiltText> = Pick<
  FitOptions<Built>,
  'standing' | 'published' | 'nodes' | 'limits' | 'repeatsRules' | 'claimAll'
> &
  Parts;

/** What a Service exceeds that `crowdingServices` leaves out, for its diagnostic. */
const REPEATED: Excess = {
  resource: 'lines',
  count: MOST_REPEATED + 1,
  most: MOST_REPEATED,
  part: 1,
  unit: 'rules of Services on every address that addresses in listen-ip may repeat',
};

/** Nothing is left out because of an estimate that is less than so many times its limit: it may be wrong by a quarter. */
const CERTAIN = 1.25;
/** Services that come in place of those left out may need another round; they are small, so that few are enough. */
const MOST_ROUNDS = 8;

/**
 * A text can become hundreds of times larger than what its Services ask for, since each address that a Service names gets
 * a frontend with the rules of all who listen on every address. Such a text isn't written only to find out that it is too
 * large: the claims say how large it would be, and candidates are left out until the estimate is within the limits. Those
 * of namespaces that would take more than their share, with all that they cause, are the first.
 */
export function withoutFarTooLargeServices<Built extends BuiltText>(
  intents: readonly Intent[],
  options: ForeseeOptions<Built>,
): WithoutFarTooLarge {
  const crowd = options.repeatsRules ? crowdingServices(intents, options.published) : [];
  const leftOut: LeftOut[] = crowd.map((candidate) => ({ candidate, excesses: [REPEATED] }));
  let remaining = crowd.length === 0 ? intents : withoutCandidates(intents, crowd, options.published);
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const found = hopelessOf(remaining, options.claimAll(remaining), options);
    if (found.length === 0) break;
    leftOut.push(...found);
    remaining = withoutCandidates(
      remaining,
      found.map(({ candidate }) => candidate),
      options.published,
    );
  }
  return { intents: remaining, leftOut };
}

/** The Services to leave out next; none if the estimate isn't far over a limit. */
function hopelessOf<Built extends BuiltText>(
  intents: readonly Intent[],
  claims: Claims,
  { standing, published, nodes, limits, part, share }: ForeseeOptions<Built>,
): LeftOut[] {
  const farOver = Math.min(part, share) * CERTAIN;
  if (excessesIn(frontsOf(claims), limits, farOver).length === 0) return [];
  const occupied = { intents, claims, nodes: nodes.length, excesses: [] };
  const services = servicesInText(occupied);
  const total = sumOf(services);
  const namespaces = new Set(services.map(({ namespace }) => namespace));
  const isShared = share < 1 && namespaces.size > 1;
  const candidates = candidatesToLeaveOut({ ...occupied, standing, published });
  const overShare = isShared
    ? [...namespaces].flatMap((namespace) => {
        const own = ({ namespace: other }: Candidate): boolean => other === namespace;
        const load = sumOf(services.filter(own));
        const leftOut = untilWithin(load, candidates.filter(own), { limits, part: share });
        return leftOut.map((each) => ({ ...each, share: true as const }));
      })
    : [];
  return overShare.length > 0 ? overShare : untilWithin(total, candidates, { limits, part });
}

/** What all frontends take. Only frontends can become far larger than what is asked for, so they are looked at first. */
function frontsOf({ binds }: Claims): Load {
  const sum = { ...NO_LOAD };
  for (const { holders } of binds) {
    for (const intent of holders) {
      const { characters, lines, words, certificates } = frontLoad(intent);
      sum.characters += characters;
      sum.lines += lines;
      sum.words += words;
      sum.certificates += certificates;
    }
  }
  return addLoads(sum, FRONTEND_LOAD, binds.length);
}

/** The first candidates in fair order without which the estimate is within a part of the limits; none if it isn't far over. */
function untilWithin(
  total: Load,
  candidates: readonly Candidate[],
  { limits, part }: { readonly limits: readonly TextLimit[]; readonly part: number },
): LeftOut[] {
  const excesses = excessesIn(total, limits, part);
  if (!excesses.some(({ count, most }) => count > CERTAIN * part * most)) return [];
  const weigh = (load: Load): number =>
    Math.max(...excesses.map(({ resource, count }) => load[resource] / count));
  const found: LeftOut[] = [];
  let remaining = total;
  for (const candidate of candidatesInFairOrder(candidates, weigh)) {
    if (excessesIn(remaining, limits, part).length === 0) break;
    found.push({ candidate, excesses });
    remaining = addLoads(remaining, candidate.load, -1);
  }
  return found;
}

function excessesIn(load: Load, limits: readonly TextLimit[], part: number): Excess[] {
  return limits.flatMap((limit) => {
    // The first text may use all of each limit (`part` is 1), and then a limit for what is new doesn't apply.
    if (limit.onlyOfNew === true && part >= 1) return [];
    const count = Math.round(load[limit.resource]);
    return count > part * limit.most ? [{ ...limit, count, part }] : [];
  });
}

function sumOf(candidates: readonly Candidate[]): Load {
  return candidates.reduce((sum, { load }) => addLoads(sum, load), NO_LOAD);
}
