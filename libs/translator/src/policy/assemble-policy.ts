import { compareText } from '@kubefigurator/config-model';
import type { LabelSelector } from '../snapshot/node-selector.ts';
import type { Grant, Policy, PolicyRule } from '../snapshot/policy.ts';

/** A rule and for whom it is. */
export interface ReadRule {
  readonly rule: PolicyRule;
  readonly namespaces: readonly string[];
  readonly selector?: LabelSelector;
}

/** Makes a policy of its rules, with indexes, so that a look-up for a Service takes no longer if there are more rules. */
export function assemblePolicy(read: readonly ReadRule[], fallback: PolicyRule): Policy {
  const rules = read.map(({ rule }) => rule);
  // By name, so that a message that names several rules, and the Event of it, don't change when rules change places.
  const byName = [...rules].sort((a, b) => compareText(a.name, b.name));
  const grants = grantsOf([...byName, fallback]);
  return {
    rules,
    byNamespace: new Map(read.flatMap(({ rule, namespaces }) => namespaces.map((each) => [each, rule]))),
    bySelector: read.flatMap(({ rule, selector }) => (selector === undefined ? [] : [{ selector, rule }])),
    fallback,
    grants,
    below: wildcardsAbove(grants.values()),
  };
}

function grantsOf(rules: readonly PolicyRule[]): ReadonlyMap<string, Grant> {
  const grants = new Map<string, { readonly name: string; readonly rules: PolicyRule[] }>();
  for (const rule of rules) {
    for (const name of new Set(rule.hostNames)) {
      const grant = grants.get(name) ?? { name, rules: [] };
      grant.rules.push(rule);
      grants.set(name, grant);
    }
  }
  return grants;
}

/** One granted name below each wildcard: whoever got that wildcard would take the name from its owner on some bind. */
function wildcardsAbove(grants: Iterable<Grant>): ReadonlyMap<string, Grant> {
  const above = new Map<string, Grant>();
  for (const grant of grants) {
    const { name } = grant;
    for (let at = name.indexOf('.', 1); at > 0; at = name.indexOf('.', at + 1)) {
      const wildcard = name.slice(at);
      if (!above.has(wildcard)) above.set(wildcard, grant);
    }
  }
  return above;
}
