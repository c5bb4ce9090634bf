import type { Claims } from '../claims/claims.ts';
import { NOTHING_STANDS } from '../claims/standing.ts';
import type { Intent } from '../intent/intent.ts';
import { type Candidate, candidatesToLeaveOut } from './candidates.ts';
import { NOTHING_PUBLISHED } from './published.ts';

export interface Serving {
  /** What is asked for. */
  readonly intents: readonly Intent[];
  readonly claims: Claims;
  readonly nodes: number;
}

/**
 * All Services with what the whole text has because of them, published or not: those that ask for something, and those of
 * which a guard holds something, which nobody may leave out.
 */
export function servicesInText({ intents, claims, nodes }: Serving): Candidate[] {
  return candidatesToLeaveOut({
    intents: [...intents, ...heldIn(claims)],
    claims,
    nodes,
    standing: NOTHING_STANDS,
    published: NOTHING_PUBLISHED,
    excesses: [],
  });
}

/** What `addGuardedClaims` has put into the claims. */
function heldIn({ binds }: Claims): readonly Intent[] {
  return binds.flatMap(({ holders }) => holders.filter(({ servers }) => servers.kind === 'standing'));
}
