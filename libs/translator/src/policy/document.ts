import { quoteUserText } from '../diagnostics/quote.ts';

/** A value of a document with the line where it begins, from 1. */
export type DocumentNode = ScalarNode | ListNode | MappingNode;

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly line: number;
  /** Undefined if the document has something there that is neither text, number, boolean nor null. */
  readonly value: string | number | boolean | null | undefined;
}

export interface ListNode {
  readonly kind: 'list';
  readonly line: number;
  readonly items: readonly DocumentNode[];
}

export interface MappingNode {
  readonly kind: 'mapping';
  readonly line: number;
  readonly entries: readonly MappingEntry[];
}

export interface MappingEntry {
  readonly key: string;
  readonly line: number;
  readonly node: DocumentNode;
}

/** What is wrong with a document, and in which line. */
export interface Mistake {
  readonly line: number;
  /** A sentence without a full stop. Texts of the document in it are quoted and cut. */
  readonly reason: string;
}

export type ReportMistake = (line: number, reason: string) => void;

/** How many items a list may have. */
const MOST_ITEMS = 1_000;

/** The document of a plain value, all of it in line 1. */
export function documentOf(value: unknown, line = 1): DocumentNode {
  if (Array.isArray(value)) return { kind: 'list', line, items: value.map((item) => documentOf(item, line)) };
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => ({ key, line, node: documentOf(item, line) }));
    return { kind: 'mapping', line, entries };
  }
  return { kind: 'scalar', line, value: isPlain(value) ? value : undefined };
}

function isPlain(value: unknown): value is ScalarNode['value'] {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

/** The entries of a mapping; none, with a mistake, if it is something else. */
export function entriesOfMapping(
  node: DocumentNode,
  what: string,
  report: ReportMistake,
): readonly MappingEntry[] {
  if (node.kind === 'mapping') return node.entries;
  report(node.line, `${what} must be a mapping, not ${describeNode(node)}`);
  return [];
}

/** The items of a list; undefined, with a mistake, if it is something else or too long. */
export function itemsOfList(
  node: DocumentNode,
  what: string,
  report: ReportMistake,
): readonly DocumentNode[] | undefined {
  if (node.kind !== 'list') {
    report(node.line, `${what} must be a list, not ${describeNode(node)}`);
    return undefined;
  }
  if (node.items.length > MOST_ITEMS) {
    report(node.line, `${what} has ${node.items.length} items, and a list may have ${MOST_ITEMS}`);
    return undefined;
  }
  return node.items;
}

/**
 * The values that `read` makes of the items of a list; undefined as in `itemsOfList`. If `read` gives a reason, which is the
 * end of a sentence, the item is reported and left out.
 */
export function readList<T>(
  node: DocumentNode,
  what: string,
  { read, report }: { readonly read: (text: string) => Item<T>; readonly report: ReportMistake },
): readonly T[] | undefined {
  return itemsOfList(node, what, report)?.flatMap((item) => {
    const text = textOfNode(item);
    if (text === undefined) {
      report(
        item.line,
        `${what} holds ${describeNode(item)}, but each item must be a text: put it in quotes`,
      );
      return [];
    }
    const result = read(text);
    if ('value' in result) return [result.value];
    report(item.line, `${what} holds ${quoteUserText(text)}, which ${result.reason}`);
    return [];
  });
}

export type Item<T> = { readonly value: T } | { readonly reason: string };

/** A text, or a whole number as people write it; undefined for anything else. */
function textOfNode(node: DocumentNode): string | undefined {
  if (node.kind !== 'scalar') return undefined;
  if (typeof node.value === 'string') return node.value;
  return Number.isSafeInteger(node.value) ? String(node.value) : undefined;
}

export function describeNode(node: DocumentNode): string {
  if (node.kind !== 'scalar') return `a ${node.kind}`;
  if (typeof node.value === 'string') return quoteUserText(node.value);
  return node.value === null ? 'nothing' : String(node.value ?? 'something else');
}
