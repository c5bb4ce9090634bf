import { createHash } from 'node:crypto';
import { countLineFeeds } from '@kubefigurator/haproxy-config';
import {
  type DocumentNode,
  type MappingEntry,
  type Mistake,
  parsePolicy,
  type Policy,
} from '@kubefigurator/translator';
import { CORE_SCHEMA, load, YAMLException } from 'js-yaml';
import { yamlReason } from '../yaml-reason.ts';

/** As large as a ConfigMap can be. */
export const LARGEST_POLICY_BYTES = 1024 * 1024;
/** A message names so many mistakes at most: every line of a text may be wrong. */
const MOST_MISTAKES = 5;

export type PolicyTextReading =
  | { readonly ok: true; readonly policy: Policy }
  /** `reason` names each mistake with its line, all in one line of text. */
  | { readonly ok: false; readonly reason: string };

/** In characters; enough to tell the texts of one policy apart. */
const HASH_LENGTH = 12;

/** `sha256:3f0c…`: the version of a policy in a file, which has no other. */
function versionOfText(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH)}`;
}

/** Reads the YAML of a policy; `cluster` as in `TranslatorSettings`, and `version` as in `Policy`. */
export function readPolicyText(
  text: string,
  cluster: string,
  version = versionOfText(text),
): PolicyTextReading {
  const parsed = parseYaml(text);
  if (!('node' in parsed)) return { ok: false, reason: describeMistakes([parsed]) };
  const reading = parsePolicy(parsed.node, { cluster });
  return reading.ok
    ? { ok: true, policy: { ...reading.policy, version } }
    : { ok: false, reason: describeMistakes(reading.mistakes) };
}

function describeMistakes(mistakes: readonly Mistake[]): string {
  const shown = mistakes.slice(0, MOST_MISTAKES).map(({ line, reason }) => `line ${line}: ${reason}`);
  const left = mistakes.length - shown.length;
  return [...shown, ...(left > 0 ? [`and ${left} more mistakes`] : [])].join('; ');
}

function parseYaml(text: string): { readonly node: DocumentNode } | Mistake {
  const builder = createTreeBuilder();
  try {
    load(text, {
      schema: CORE_SCHEMA,
      listener: (event, { line, kind, result }) => builder[event]({ line, kind, result: result as unknown }),
    });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    // An unquoted * begins an alias in YAML, where the author may have meant a pattern.
    const hint = /alias/.test(error.reason) ? ' (put texts that begin with * into quotes)' : '';
    // For text that ends too early, the parser names the line after the last one.
    const line = 1 + Math.min(error.mark?.line ?? 0, countLineFeeds(text.trimEnd()));
    return { line, reason: `${yamlReason(error.reason)}${hint}` };
  }
  return { node: builder.root() };
}

/** What the parser reports when it begins a node, and again when it has read it; only then are kind and result known. */
interface Seen {
  /** Counted from 0. */
  readonly line: number;
  readonly kind: string;
  readonly result: unknown;
}

/** A node that has been read; `result` is the value that js-yaml made of it. */
interface Closed {
  readonly node: DocumentNode;
  readonly result: unknown;
}

/** A node that is being read, with the line where it begins (counted from 1) and its children so far. */
interface Open {
  readonly line: number;
  readonly children: Closed[];
}

interface TreeBuilder {
  readonly open: (seen: Seen) => void;
  readonly close: (seen: Seen) => void;
  readonly root: () => DocumentNode;
}

/** Builds a tree with lines from the events of js-yaml: those of children come between `open` and `close` of their parent. */
function createTreeBuilder(): TreeBuilder {
  // The first entry stands for the text; its only child is the document.
  const stack: Open[] = [{ line: 1, children: [] }];
  return {
    open: ({ line }) => void stack.push({ line: line + 1, children: [] }),
    close: (seen) => {
      const closed = stack.pop();
      if (closed !== undefined)
        stack.at(-1)?.children.push({ node: nodeOf(closed, seen), result: seen.result });
    },
    root: () => stack[0]?.children[0]?.node ?? { kind: 'scalar', line: 1, value: null },
  };
}

function nodeOf({ line, children }: Open, { kind, result }: Seen): DocumentNode {
  if (typeof result !== 'object' || result === null)
    return { kind: 'scalar', line, value: isScalar(result) ? result : undefined };
  const [first] = children;
  // A list or mapping in flow style is first tried as the key of a mapping in block style, and is reported twice.
  if (children.length === 1 && first?.result === result) return first.node;
  const nodes = children.map(({ node }) => node);
  if (Array.isArray(result)) return { kind: 'list', line, items: nodes };
  if (kind === 'mapping') return { kind: 'mapping', line, entries: entriesOfPairs(nodes) };
  // An alias: its object was built where the anchor is.
  return { kind: 'scalar', line, value: undefined };
}

/** `children` holds a key, its value, the next key, its value, and so on. */
function entriesOfPairs(children: readonly DocumentNode[]): readonly MappingEntry[] {
  const entries: MappingEntry[] = [];
  for (let at = 0; at < children.length; at += 2) {
    const [key, node] = [children[at], children[at + 1]];
    if (key === undefined) continue;
    const name = key.kind === 'scalar' ? String(key.value) : '';
    entries.push({
      key: name,
      line: key.line,
      node: node ?? { kind: 'scalar', line: key.line, value: null },
    });
  }
  return entries;
}

function isScalar(value: unknown): value is string | number | boolean | null {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
