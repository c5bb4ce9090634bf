import type { Parsed } from '../diagnostics/parsed.ts';
import { acceptValue, refuseValue } from '../diagnostics/parsed.ts';
import { quoteUserText } from '../diagnostics/quote.ts';

/** All requirements must hold; none at all matches everything. */
export type LabelSelector = readonly LabelRequirement[];

export interface LabelRequirement {
  readonly key: string;
  readonly operator: 'in' | 'notin' | 'exists' | 'absent';
  readonly values: readonly string[];
}

const KEY = String.raw`[A-Za-z0-9](?:[A-Za-z0-9./_-]*[A-Za-z0-9])?`;
const LABEL_VALUE = String.raw`(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)?`;
const SET = new RegExp(String.raw`^(${KEY})\s+(in|notin)\s*\(([^()]*)\)$`);
const EQUALITY = new RegExp(String.raw`^(${KEY})\s*(==|=|!=)\s*(${LABEL_VALUE})$`);
const PRESENCE = new RegExp(String.raw`^(!?)\s*(${KEY})$`);
const VALUE = new RegExp(`^${LABEL_VALUE}$`);
/** Commas that aren't inside parentheses. */
const SEPARATOR = /,(?![^(]*\))/;
/** In characters. */
const LONGEST = 4096;

/** Reads a label selector in kubectl's equality and set syntax: `a=b,c!=d,e in (f,g),h notin (i),j,!k`. */
export function parseNodeSelector(text: string): Parsed<LabelSelector> {
  if (text.trim() === '') return acceptValue([]);
  if (text.length > LONGEST) return refuseValue(`is longer than ${LONGEST} characters`);
  const requirements: LabelRequirement[] = [];
  for (const part of text.split(SEPARATOR)) {
    const requirement = parseRequirement(part.trim());
    if (requirement === undefined) {
      return refuseValue(
        `holds ${quoteUserText(part)}; write key=value, key!=value, key in (a,b), key notin (a,b), key or !key`,
      );
    }
    requirements.push(requirement);
  }
  return acceptValue(requirements);
}

function parseRequirement(text: string): LabelRequirement | undefined {
  return parseSet(text) ?? parseEquality(text) ?? parsePresence(text);
}

function parseSet(text: string): LabelRequirement | undefined {
  const [, key, operator, list] = SET.exec(text) ?? [];
  if (key === undefined || list === undefined) return undefined;
  const values = list.split(',').map((item) => item.trim());
  if (!values.every((item) => VALUE.test(item))) return undefined;
  return { key, operator: operator === 'in' ? 'in' : 'notin', values };
}

function parseEquality(text: string): LabelRequirement | undefined {
  const [, key, operator, item] = EQUALITY.exec(text) ?? [];
  if (key === undefined || item === undefined) return undefined;
  return { key, operator: operator === '!=' ? 'notin' : 'in', values: [item] };
}

function parsePresence(text: string): LabelRequirement | undefined {
  const [, negation, key] = PRESENCE.exec(text) ?? [];
  return key === undefined
    ? undefined
    : { key, operator: negation === '!' ? 'absent' : 'exists', values: [] };
}

/** True when every requirement holds. As in Kubernetes, `!=` and `notin` hold for an absent label. */
export function matchesNodeSelector(selector: LabelSelector, labels: ReadonlyMap<string, string>): boolean {
  return selector.every((requirement) => matchesRequirement(requirement, labels.get(requirement.key)));
}

function matchesRequirement(requirement: LabelRequirement, label: string | undefined): boolean {
  switch (requirement.operator) {
    case 'in':
      return label !== undefined && requirement.values.includes(label);
    case 'notin':
      return label === undefined || !requirement.values.includes(label);
    case 'exists':
      return label !== undefined;
    case 'absent':
      return label === undefined;
  }
}
