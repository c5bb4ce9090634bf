import type { Remembered, StandingBind, StandingClaims } from '../claims/standing.ts';
import type { Policy, PolicyRule } from '../snapshot/policy.ts';
import { allowsAddress, judgeName, refusalOfListenPort, refusalOfMode } from './judge-claims.ts';
import type { FindRule } from './rule-finder.ts';

/** The standing claims without what a policy doesn't allow: that is no claim any more, so that its owner by the policy gets it. */
export function standingByPolicy(
  standing: StandingClaims,
  { policy, ruleOf }: { readonly policy: Policy; readonly ruleOf: FindRule },
): StandingClaims {
  return new Map(
    [...standing].map(([at, bind]): [string, StandingBind] => {
      let isUnchanged = true;
      const sources = [...bind.sources].flatMap(([key, remembered]): [string, Remembered][] => {
        const allowed = allowedPart(remembered, bind, { policy, rule: ruleOf(remembered.source.namespace) });
        isUnchanged &&= allowed === remembered;
        return allowed === undefined ? [] : [[key, allowed]];
      });
      return [at, isUnchanged ? bind : { ...bind, sources: new Map(sources) }];
    }),
  );
}

/** The same object if all of it is allowed; undefined if nothing is. */
function allowedPart(
  remembered: Remembered,
  { address, port }: StandingBind,
  { policy, rule }: { readonly policy: Policy; readonly rule: PolicyRule },
): Remembered | undefined {
  const { mode, tls, hosts } = remembered;
  const isRefused =
    refusalOfListenPort({ port, tls }, rule) !== undefined ||
    refusalOfMode(mode, rule) !== undefined ||
    !allowsAddress(rule, address);
  if (isRefused) return undefined;
  if (mode === 'tcp') return remembered;
  const allowedHosts = [...hosts].filter((name) => judgeName(name, rule, policy) === undefined);
  if (allowedHosts.length === hosts.size) return remembered;
  return allowedHosts.length === 0 ? undefined : { ...remembered, hosts: new Set(allowedHosts) };
}
