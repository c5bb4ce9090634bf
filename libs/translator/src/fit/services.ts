import type { Claims } from '../claims/claims.ts';
import { NOTHING_STANDS } from '../claims/standing.ts';
import type { Intent } from '../intent/intent.ts';
import { type Candidate, candidatesToLeaveOut } from './candidates.ts';
import { NOTHING_PUBLISHED } from './published.ts';

export interface Serving {
  readonly intents: readonly Intent[];
  readonly claims: Claims;
  readonly nodes: number;
}

/**
 * All Services with what the text has because of them, published or not. Services of which a guard holds something are
 * among them; of these, what is held can't be left out.
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
