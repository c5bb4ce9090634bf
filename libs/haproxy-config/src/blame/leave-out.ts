import type { SourceComment, SourceRef } from '@kubefigurator/config-model';
import { formatSourceComment, parseSourceComment, sourceKey } from '@kubefigurator/config-model';
import { withoutSlashes } from '../parse/certificate-paths.ts';
import { parseConfigText, sectionKey } from '../parse/config-text.ts';
import { splitWords, wordSpans } from '../parse/words.ts';

/** What a host can't take of a text. */
export interface RefusedParts {
  /** Ports of Services whose own part is wrong: their backend, rules and certificate, and binds that no other port shares. */
  readonly sources: readonly SourceRef[];
  /** Binds that aren't available on this host, by keyword and name of their section and the word on its `bind` line. */
  readonly binds: readonly RefusedBind[];
}

export interface RefusedBind {
  readonly section: string;
  readonly word: string;
}

/** A line with words, and the source comments, other comments and blanks right above it. */
interface Item {
  readonly comments: readonly SourceComment[];
  readonly filler: readonly string[];
  readonly raw: string;
}

interface Part {
  readonly items: readonly Item[];
}

/**
 * The text without the refused parts; other Services stay on a shared bind.
 * A text without our source comments comes back as it is, since no part of it can be attributed to a Service.
 */
export function leaveOut(text: string, refused: RefusedParts): string {
  const keys = new Set(refused.sources.map(sourceKey));
  const isRefused = (comment: SourceRef): boolean => keys.has(sourceKey(comment));
  const { preface, parts } = splitParts(text);
  const kept = parts.flatMap((part) => reducePart(part, refused.binds, isRefused) ?? []);
  return [...preface, ...kept.flatMap(linesOfPart)].join('\n').trimEnd() + '\n';
}

function splitParts(text: string): { readonly preface: readonly string[]; readonly parts: readonly Part[] } {
  const heads = new Set(
    parseConfigText(text).sections.map((section) => section.startLine + section.head.offset),
  );
  const parts: { items: Item[] }[] = [];
  const preface: string[] = [];
  let comments: SourceComment[] = [];
  let filler: string[] = [];
  text.split('\n').forEach((raw, index) => {
    const comment = parseSourceComment(raw);
    if (comment !== undefined) comments.push(comment);
    else if (isSilent(raw)) (parts.length === 0 && comments.length === 0 ? preface : filler).push(raw);
    else {
      const item = { comments, filler, raw };
      if (heads.has(index + 1)) parts.push({ items: [item] });
      else parts.at(-1)?.items.push(item);
      [comments, filler] = [[], []];
    }
  });
  return { preface, parts };
}

function isSilent(raw: string): boolean {
  const { words, unterminated } = splitWords(raw);
  return words.length === 0 && !unterminated;
}

function linesOfPart({ items }: Part): string[] {
  return items.flatMap(({ comments, filler, raw }, index) => {
    const indent = index === 0 ? '' : '  ';
    return [...filler, ...comments.map((comment) => indent + formatSourceComment(comment)), raw];
  });
}

/** Undefined if nothing of the section is left. */
function reducePart(
  part: Part,
  binds: readonly RefusedBind[],
  isRefused: (source: SourceRef) => boolean,
): Part | undefined {
  const reduced = withoutBinds(part, binds);
  const [head, ...lines] = reduced?.items ?? [];
  if (reduced === undefined || head === undefined || isWhollyRefused(head, isRefused)) return undefined;
  if (!reduced.items.some((item) => item.comments.some(isRefused))) return reduced;
  const kept = reduceLines(lines, isRefused);
  return kept && { items: [withoutComments(head, isRefused), ...kept] };
}

/** Removes addresses from the `bind` lines; undefined if the section would have no bind left. */
function withoutBinds(part: Part, binds: readonly RefusedBind[]): Part | undefined {
  const [head] = part.items;
  const [keyword = '', name = ''] = splitWords(head?.raw ?? '').words;
  const own = binds.filter((bind) => bind.section === sectionKey({ keyword, name })).map((bind) => bind.word);
  if (own.length === 0) return part;
  const items = part.items.flatMap((item) => withoutAddresses(item, own) ?? []);
  return items.some((item) => splitWords(item.raw).words[0] === 'bind') ? { items } : undefined;
}

/** Undefined if no address is left on the line. */
function withoutAddresses(item: Item, gone: readonly string[]): Item | undefined {
  const [first, addresses = ''] = splitWords(item.raw).words;
  if (first !== 'bind') return item;
  const kept = addresses.split(',').filter((word) => !gone.includes(word));
  const span = wordSpans(item.raw)[1];
  if (kept.length === 0 || span === undefined) return undefined;
  return { ...item, raw: item.raw.slice(0, span.start) + kept.join(',') + item.raw.slice(span.end) };
}

function reduceLines(lines: readonly Item[], isRefused: (source: SourceRef) => boolean): Item[] | undefined {
  const items: Item[] = [];
  let dropping = false;
  for (const line of lines) {
    if (line.comments.length > 0) dropping = isWhollyRefused(line, isRefused) && !namesCertificates(line);
    if (dropping) continue;
    const reduced = namesCertificates(line)
      ? withoutCertificates(line, isRefused)
      : withoutComments(line, isRefused);
    if (reduced === undefined) return undefined;
    items.push(reduced);
  }
  return items;
}

function isWhollyRefused({ comments }: Item, isRefused: (source: SourceRef) => boolean): boolean {
  return comments.length > 0 && comments.every(isRefused);
}

function namesCertificates({ comments }: Item): boolean {
  return comments.some((comment) => comment.certificate !== undefined);
}

function withoutComments(item: Item, isRefused: (source: SourceRef) => boolean): Item {
  return { ...item, comments: item.comments.filter((comment) => !isRefused(comment)) };
}

/**
 * Removes the certificates that only refused ports asked for, and folders in which nobody else's certificate is;
 * undefined if the bind would have none left.
 */
function withoutCertificates(item: Item, isRefused: (source: SourceRef) => boolean): Item | undefined {
  const reduced = withoutComments(item, isRefused);
  const left = pathsOf(reduced.comments);
  const gone = pathsOf(item.comments.filter(isRefused));
  const isGone = (word: string): boolean => gone.has(withoutSlashes(word)) && !left.has(withoutSlashes(word));
  const { words } = splitWords(item.raw);
  const spans = wordSpans(item.raw);
  const refused = words.flatMap((word, index) => (words[index - 1] === 'crt' && isGone(word) ? [index] : []));
  if (refused.length === 0) return reduced;
  if (words.filter((word) => word === 'crt').length === refused.length) return undefined;
  const raw = refused.reduceRight((line, index) => {
    const [start, end] = [spans[index - 1]?.start, spans[index]?.end];
    return line.slice(0, start) + line.slice(end).trimStart();
  }, item.raw);
  return { ...reduced, raw: raw.trimEnd() };
}

/** The certificates that comments name, and the folders that they are in. */
function pathsOf(comments: readonly SourceComment[]): ReadonlySet<string> {
  const paths = comments.flatMap(({ certificate }) => certificate ?? []);
  return new Set(paths.flatMap((path) => [path, path.slice(0, path.lastIndexOf('/'))]));
}
