import { quoteUserText } from '../diagnostics/quote.ts';
import { suggestWord } from '../diagnostics/suggest.ts';
import { parseNodeSelector } from '../snapshot/node-selector.ts';
import type { LabelSelector } from '../snapshot/node-selector.ts';
import { isLabelName } from '../snapshot/objects.ts';
import type { Policy, PolicyRule } from '../snapshot/policy.ts';
import { DEFAULT_RULE } from '../snapshot/policy.ts';
import type { ReadRule } from './assemble-policy.ts';
import { assemblePolicy } from './assemble-policy.ts';
import type { DocumentNode, MappingEntry, MappingNode, Mistake, ReportMistake } from './document.ts';
import { describeNode, entriesOfMapping, itemsOfList, readList } from './document.ts';
import type { FieldContext } from './fields.ts';
import { CLAIM_FIELDS } from './fields.ts';

/** The fields of a policy besides those of `CLAIM_FIELDS`, for the reader and the reference page. */
export const POLICY_FIELDS = {
  default: {
    takes: 'the fields below',
    meaning:
      'What a namespace may claim to which no rule applies. Absent: everything but the host names that rules give to others.',
  },
  rules: { takes: 'list of rules', meaning: 'What certain namespaces may claim.' },
} as const;

/** The fields of a rule besides those of `CLAIM_FIELDS`. */
export const RULE_FIELDS = {
  name: {
    takes: 'at most 63 letters, digits, blanks, `.`, `_` and `-`, with a letter or digit at both ends',
    meaning: 'How messages call the rule; required.',
  },
  namespaces: {
    takes: 'list of names',
    meaning:
      'The namespaces, each of them in one rule only. A rule that names a namespace is its rule, whatever its labels.',
  },
  namespaceSelector: {
    takes: 'labels as kubectl writes them: `tier=web,!internal`',
    meaning:
      'The namespaces with these labels on their Namespace; of several rules the first one counts. The producer then has to list and watch Namespaces.',
  },
} as const;

const RULE_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,61}[A-Za-z0-9])?$/;
const CLAIM_NAMES = CLAIM_FIELDS.map(({ name }) => name);

export type PolicyReading =
  | { readonly ok: true; readonly policy: Policy }
  /** In the order of lines; at least one. */
  | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** Reads a policy. One mistake refuses it as a whole: without the mistaken part it would allow too much. */
export function parsePolicy(
  document: DocumentNode,
  { cluster }: { readonly cluster: string },
): PolicyReading {
  const mistakes: Mistake[] = [];
  const report: ReportMistake = (line, reason) => void mistakes.push({ line, reason });
  const context = { cluster, report };
  const entries = entriesOfMapping(document, 'a policy', report);
  reportUnknown(entries, Object.keys(POLICY_FIELDS), { what: 'a policy', report });
  const rules = valueOf(entries, 'rules');
  const fallback = valueOf(entries, DEFAULT_RULE);
  if (document.kind === 'mapping' && rules === undefined && fallback === undefined)
    report(document.line, 'the policy has neither rules nor default, and would allow everything');
  const read = rules === undefined ? [] : readRules(rules, context);
  const defaultRule = fallback === undefined ? { name: DEFAULT_RULE } : readDefault(fallback, context);
  if (mistakes.length > 0) return { ok: false, mistakes: mistakes.sort((a, b) => a.line - b.line) };
  return { ok: true, policy: assemblePolicy(read, defaultRule) };
}

function valueOf(entries: readonly MappingEntry[], name: string): DocumentNode | undefined {
  return entries.find(({ key }) => key === name)?.node;
}

function reportUnknown(
  entries: readonly MappingEntry[],
  known: readonly string[],
  { what, report }: { readonly what: string; readonly report: ReportMistake },
): void {
  for (const { key, line } of entries) {
    if (known.includes(key)) continue;
    const near = suggestWord(key, known);
    const hint = near === undefined ? `the fields are ${known.join(', ')}` : `did you mean ${near}?`;
    report(line, `${what} has no field ${quoteUserText(key)}: ${hint}`);
  }
}

function readDefault(node: DocumentNode, context: FieldContext): PolicyRule {
  const entries = entriesOfMapping(node, DEFAULT_RULE, context.report);
  reportUnknown(entries, CLAIM_NAMES, { what: DEFAULT_RULE, report: context.report });
  return { name: DEFAULT_RULE, ...readClaims(entries, context) };
}

function readClaims(entries: readonly MappingEntry[], context: FieldContext): Omit<PolicyRule, 'name'> {
  return CLAIM_FIELDS.reduce((known, { name, read }) => {
    const node = valueOf(entries, name);
    return node === undefined ? known : { ...known, ...read(node, context) };
  }, {});
}

/** The names and namespaces that earlier rules have. */
interface Taken {
  readonly names: Set<string>;
  /** The name of the rule, by namespace. */
  readonly namespaces: Map<string, string>;
}

function readRules(node: DocumentNode, context: FieldContext): readonly ReadRule[] {
  const taken: Taken = { names: new Set([DEFAULT_RULE]), namespaces: new Map() };
  const items = itemsOfList(node, 'rules', context.report) ?? [];
  return items.flatMap((item) => {
    if (item.kind === 'mapping') return [readRule(item, context, taken)];
    context.report(item.line, `rules holds ${describeNode(item)}, but each rule must be a mapping`);
    return [];
  });
}

function readRule({ entries, line }: MappingNode, context: FieldContext, taken: Taken): ReadRule {
  const { report } = context;
  reportUnknown(entries, [...Object.keys(RULE_FIELDS), ...CLAIM_NAMES], { what: 'a rule', report });
  const name = nameOf(valueOf(entries, 'name'), { line, taken, report });
  const namespaces = readNamespaces(valueOf(entries, 'namespaces'), { name, taken, report });
  const selector = readSelector(valueOf(entries, 'namespaceSelector'), report);
  const saysForWhom = entries.some(({ key }) => key === 'namespaces' || key === 'namespaceSelector');
  if (!saysForWhom)
    report(line, `the rule ${quoteUserText(name)} has neither namespaces nor namespaceSelector`);
  const rule = { name, ...readClaims(entries, context) };
  return { rule, namespaces, ...(selector === undefined ? {} : { selector }) };
}

interface RuleContext {
  readonly taken: Taken;
  readonly report: ReportMistake;
}

/** The name of a rule, also if it is a mistake; empty if it is no text. */
function nameOf(
  node: DocumentNode | undefined,
  { line, taken, report }: RuleContext & { readonly line: number },
): string {
  const name = node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : '';
  if (node === undefined) report(line, 'the rule has no name');
  else if (!RULE_NAME.test(name))
    report(
      node.line,
      `the name of a rule must be ${RULE_FIELDS.name.takes.replaceAll('`', '')}, not ${describeNode(node)}`,
    );
  else if (taken.names.has(name))
    report(node.line, `the name ${quoteUserText(name)} is taken: give each rule its own`);
  taken.names.add(name);
  return name;
}

function readNamespaces(
  node: DocumentNode | undefined,
  { name, taken, report }: RuleContext & { readonly name: string },
): readonly string[] {
  if (node === undefined) return [];
  const read = (text: string): { readonly value: string } | { readonly reason: string } => {
    if (!isLabelName(text)) return { reason: 'is no namespace: use lower case letters, digits and "-"' };
    const other = taken.namespaces.get(text);
    taken.namespaces.set(text, name);
    return other === undefined
      ? { value: text }
      : { reason: `is in the rule ${quoteUserText(other)} already` };
  };
  return readList(node, 'namespaces', { read, report }) ?? [];
}

function readSelector(node: DocumentNode | undefined, report: ReportMistake): LabelSelector | undefined {
  if (node === undefined) return undefined;
  const text = node.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
  if (text === undefined) {
    report(node.line, `namespaceSelector must be a text such as "tier=web", not ${describeNode(node)}`);
    return undefined;
  }
  if (text.trim() === '')
    report(node.line, 'namespaceSelector is empty, which would match every Namespace: use default for that');
  const parsed = parseNodeSelector(text);
  if (parsed.ok) return parsed.value;
  report(node.line, `namespaceSelector ${parsed.reason}`);
  return undefined;
}
