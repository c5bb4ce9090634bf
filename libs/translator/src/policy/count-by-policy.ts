import { formatAddressPort, sourceKey } from '@kubefigurator/config-model';
import type { Diagnostic } from '../diagnostics/diagnostics.ts';
import { formatCount } from '../diagnostics/lists.ts';
import type { Intent } from '../intent/intent.ts';
import type { PolicyRule } from '../snapshot/policy.ts';
import { quoteRule } from './judge-claims.ts';
import type { PolicyPermitted } from './permit-by-policy.ts';
import { breachOf } from './permit-by-policy.ts';
import type { FindRule } from './rule-finder.ts';

export interface CountOptions {
  readonly ruleOf: FindRule;
  /** True if a port stands published with everything that it asks for: it counts before the others of its namespace. */
  readonly standsPublished: (intent: Intent) => boolean;
}

/**
 * Leaves out the ports with which a namespace would have more binds or host names than its rule allows. Ports that stand
 * published unchanged count first, then those of the oldest Service, which is the order of `intents`.
 */
export function countByPolicy(
  intents: readonly Intent[],
  { ruleOf, standsPublished }: CountOptions,
): PolicyPermitted {
  const reasons = new Map<Intent, string>();
  for (const [namespace, asked] of groupByNamespace(intents)) {
    const rule = ruleOf(namespace);
    if (rule.maxBinds === undefined && rule.maxHostNames === undefined) continue;
    for (const [intent, reason] of surplusOf(asked, { rule, standsPublished })) reasons.set(intent, reason);
  }
  if (reasons.size === 0) return { intents, diagnostics: [], refused: new Set() };
  const diagnostics: Diagnostic[] = [];
  for (const [intent, reason] of reasons) diagnostics.push(breachOf(intent, [reason]));
  return {
    intents: intents.filter((intent) => !reasons.has(intent)),
    diagnostics,
    refused: new Set([...reasons.keys()].map(({ source }) => sourceKey(source))),
  };
}

function groupByNamespace(intents: readonly Intent[]): ReadonlyMap<string, readonly Intent[]> {
  const groups = new Map<string, Intent[]>();
  for (const intent of intents) {
    const { namespace } = intent.source;
    const group = groups.get(namespace);
    if (group === undefined) groups.set(namespace, [intent]);
    else group.push(intent);
  }
  return groups;
}

/** The ports that are left out, each with the reason. */
function surplusOf(
  asked: readonly Intent[],
  { rule, standsPublished }: { readonly rule: PolicyRule } & Pick<CountOptions, 'standsPublished'>,
): ReadonlyMap<Intent, string> {
  const { maxBinds = Infinity, maxHostNames = Infinity } = rule;
  const published = new Set(asked.filter(standsPublished));
  const [binds, names] = [new Set<string>(), new Set<string>()];
  const surplus = new Map<Intent, string>();
  for (const intent of [...published, ...asked.filter((each) => !published.has(each))]) {
    const newBinds = bindsOf(intent).filter((bind) => !binds.has(bind));
    const newNames = intent.hosts.filter(({ name }) => !names.has(name));
    if (binds.size + newBinds.length > maxBinds) surplus.set(intent, tooMany('binds', maxBinds, rule));
    else if (names.size + newNames.length > maxHostNames)
      surplus.set(intent, tooMany('host names', maxHostNames, rule));
    else {
      for (const bind of newBinds) binds.add(bind);
      for (const { name } of newNames) names.add(name);
    }
  }
  return surplus;
}

function tooMany(what: string, most: number, rule: PolicyRule): string {
  return `${quoteRule(rule)} allows a namespace ${formatCount(most)} ${what}, and other ports of this namespace come first`;
}

function bindsOf({ bind: { addresses, port } }: Intent): readonly string[] {
  if (addresses.kind === 'pool') return [`pool ${addresses.pool} ${addresses.family} ${port}`];
  return addresses.addresses.map((address) => formatAddressPort(address, port));
}
