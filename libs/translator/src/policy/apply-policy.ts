import type { Memories } from '../claims/memory.ts';
import type { StandingClaims } from '../claims/standing.ts';
import type { Intent } from '../intent/intent.ts';
import type { Policy } from '../snapshot/policy.ts';
import type { NamespaceRecord } from '../snapshot/snapshot.ts';
import { countByPolicy } from './count-by-policy.ts';
import type { PolicyPermitted } from './permit-by-policy.ts';
import { permitByPolicy } from './permit-by-policy.ts';
import { createRuleFinder, grantOfName } from './rule-finder.ts';
import { standingByPolicy } from './standing-by-policy.ts';

/** A policy as the first stages use it. */
export interface AppliedPolicy {
  /** The standing claims without what the policy doesn't allow: what was had before is no exception. */
  readonly standing: (standing: StandingClaims) => StandingClaims;
  /** Leaves out what the rules don't allow. */
  readonly permit: (intents: readonly Intent[]) => PolicyPermitted;
  /** Leaves out what is more than a namespace may have. */
  readonly count: (
    intents: readonly Intent[],
    standsPublished: (intent: Intent) => boolean,
  ) => PolicyPermitted;
  readonly owners: Pick<Memories, 'ownerOf'>;
}

function permitAll(intents: readonly Intent[]): PolicyPermitted {
  return { intents, diagnostics: [], refused: new Set() };
}

/** Without a policy everything is allowed. */
const NO_POLICY: AppliedPolicy = {
  standing: (standing) => standing,
  permit: permitAll,
  count: permitAll,
  owners: {},
};

export function applyPolicy(
  policy: Policy | undefined,
  namespaces: readonly NamespaceRecord[] = [],
): AppliedPolicy {
  if (policy === undefined) return NO_POLICY;
  const ruleOf = createRuleFinder(policy, namespaces);
  return {
    standing: (standing) => standingByPolicy(standing, { policy, ruleOf }),
    permit: (intents) => permitByPolicy(intents, { policy, ruleOf }),
    count: (intents, standsPublished) => countByPolicy(intents, { ruleOf, standsPublished }),
    owners: policy.grants.size === 0 ? {} : { ownerOf: (name) => grantOfName(policy, name) },
  };
}
