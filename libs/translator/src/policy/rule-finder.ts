import { matchesNodeSelector } from '../snapshot/node-selector.ts';
import type { Grant, Policy, PolicyRule, SelectingRule } from '../snapshot/policy.ts';
import type { NamespaceRecord } from '../snapshot/snapshot.ts';

/** The rule that counts for a namespace. */
export type FindRule = (namespace: string) => PolicyRule;

/** Finds rules by the names of namespaces, then by the labels of their Namespaces; each namespace is looked up once. */
export function createRuleFinder(policy: Policy, namespaces: readonly NamespaceRecord[]): FindRule {
  const labels = new Map(namespaces.map((record) => [record.name, record.labels]));
  const candidates = indexSelectors(policy.bySelector);
  const known = new Map<string, PolicyRule>();
  return (namespace) => {
    const rule =
      known.get(namespace) ??
      policy.byNamespace.get(namespace) ??
      bySelector(candidates, labels.get(namespace)) ??
      policy.fallback;
    known.set(namespace, rule);
    return rule;
  };
}

/** True if the rules of a policy can't be found without the labels of Namespaces. */
export function goesByLabels(policy: Policy | undefined): boolean {
  return policy !== undefined && policy.bySelector.length > 0;
}

interface RankedRule extends SelectingRule {
  readonly rank: number;
}

/** The rules by one label that each of them needs (`key=value`); `others` need none, such as `!internal`. */
interface Candidates {
  readonly byLabel: ReadonlyMap<string, readonly RankedRule[]>;
  readonly others: readonly RankedRule[];
}

/** Without an index, each of a thousand rules would be tried for each of thousands of namespaces. */
function indexSelectors(rules: readonly SelectingRule[]): Candidates {
  const byLabel = new Map<string, RankedRule[]>();
  const others: RankedRule[] = [];
  rules.forEach(({ selector, rule }, rank) => {
    const ranked = { selector, rule, rank };
    const needed = selector.find(({ operator }) => operator === 'in');
    if (needed === undefined) others.push(ranked);
    for (const value of new Set(needed?.values)) {
      const label = `${needed?.key ?? ''}=${value}`;
      const list = byLabel.get(label) ?? [];
      list.push(ranked);
      byLabel.set(label, list);
    }
  });
  return { byLabel, others };
}

/** The first rule that matches. None does for a Namespace that isn't known (`labels` is undefined), not even `!internal`. */
function bySelector(
  { byLabel, others }: Candidates,
  labels: ReadonlyMap<string, string> | undefined,
): PolicyRule | undefined {
  if (labels === undefined) return undefined;
  const needed = [...labels].flatMap(([key, value]) => byLabel.get(`${key}=${value}`) ?? []);
  const first = [...needed, ...others]
    .sort((a, b) => a.rank - b.rank)
    .find(({ selector }) => matchesNodeSelector(selector, labels));
  return first?.rule;
}

/** Finds the grant to which a host name belongs: the name itself, else the longest wildcard above it. */
export function grantOfName({ grants }: Policy, name: string): Grant | undefined {
  const exact = grants.get(name);
  if (exact !== undefined || grants.size === 0) return exact;
  for (let at = name.indexOf('.', 1); at > 0; at = name.indexOf('.', at + 1)) {
    const grant = grants.get(name.slice(at));
    if (grant !== undefined) return grant;
  }
  return undefined;
}
