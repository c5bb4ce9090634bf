import type { SourceComment, SourceRef } from '@kubefigurator/config-model';
import { formatSourceComment, parseSourceComment, sourceKey } from '@kubefigurator/config-model';
import { withoutTrailingSlashes } from '../parse/certificate-paths.ts';
import type { ConfigText } from '../parse/config-text.ts';
import { parseConfigText, sectionKey } from '../parse/config-text.ts';
import { sourceKeysIn } from '../parse/source-keys.ts';
import { isCommentOrBlank } from '../parse/section-starts.ts';
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

/** A section, line by line. */
interface Part {
  readonly items: readonly Item[];
}

/**
 * The text without the refused parts; other Services stay on a shared bind.
 * Of a text without our source comments only refused binds are left out, since no part can be attributed to a Service.
 * `config` is the same text in sections; a section with none of the refused parts isn't read.
 */
export function leaveOut(
  text: string,
  refused: RefusedParts,
  { sections }: ConfigText = parseConfigText(text),
): string {
  const keys = new Set(refused.sources.map(sourceKey));
  const isRefused = (comment: SourceRef): boolean => keys.has(sourceKey(comment));
  const bindsOf = bindsBySection(refused.binds);
  const preface = prefaceOf(sections[0]?.raw ?? '');
  const kept = sections.flatMap((section, index) => {
    const raw = index === 0 ? section.raw.slice(preface.length) : section.raw;
    const refusedWords = bindsOf.get(sectionKey(section)) ?? [];
    const isConcerned = refusedWords.length > 0 || [...sourceKeysIn(section)].some((key) => keys.has(key));
    if (!isConcerned) return [raw];
    const reduced = reducePart(partOf(raw), refusedWords, isRefused);
    return reduced === undefined ? [] : [linesOfPart(reduced).join('\n')];
  });
  // One line feed stands between two sections.
  const sectionsLength = sections.reduce((sum, { raw }) => sum + raw.length, sections.length - 1);
  const above = sections.length === 0 ? text : text.slice(0, text.length - sectionsLength);
  return `${above}${preface}${kept.join('\n')}`.trimEnd() + '\n';
}

/** The words of refused binds, by keyword and name of their section. */
function bindsBySection(binds: readonly RefusedBind[]): ReadonlyMap<string, readonly string[]> {
  const words = new Map<string, string[]>();
  for (const { section, word } of binds) {
    const same = words.get(section);
    if (same === undefined) words.set(section, [word]);
    else same.push(word);
  }
  return words;
}

/** The comments of the text itself above the first section, down to its first source comment. */
function prefaceOf(raw: string): string {
  const lines = raw.split('\n');
  const end = lines.findIndex((line) => !isCommentOrBlank(line) || parseSourceComment(line) !== undefined);
  return lines
    .slice(0, end)
    .map((line) => `${line}\n`)
    .join('');
}

/** The lines of one section, each with what stands above it. */
function partOf(raw: string): Part {
  const items: Item[] = [];
  let comments: SourceComment[] = [];
  let filler: string[] = [];
  for (const line of raw.split('\n')) {
    const comment = parseSourceComment(line);
    if (comment !== undefined) comments.push(comment);
    else if (isCommentOrBlank(line)) filler.push(line);
    else {
      items.push({ comments, filler, raw: line });
      [comments, filler] = [[], []];
    }
  }
  return { items };
}

function linesOfPart({ items }: Part): string[] {
  return items.flatMap(({ comments, filler, raw }, index) => {
    const indent = index === 0 ? '' : '  ';
    return [...filler, ...comments.map((comment) => indent + formatSourceComment(comment)), raw];
  });
}

/**
 * Undefined if the section is left out: it belongs to refused ports only, or would have no bind or no certificate
 * left.
 */
function reducePart(
  part: Part,
  refusedWords: readonly string[],
  isRefused: (source: SourceRef) => boolean,
): Part | undefined {
  const reduced = withoutBinds(part, refusedWords);
  const [head, ...lines] = reduced?.items ?? [];
  if (reduced === undefined || head === undefined || isWhollyRefused(head, isRefused)) return undefined;
  if (!reduced.items.some((item) => item.comments.some(isRefused))) return reduced;
  const kept = reduceLines(lines, isRefused);
  return kept && { items: [withoutComments(head, isRefused), ...kept] };
}

/** Removes refused addresses from the `bind` lines; undefined if the section would have no bind left. */
function withoutBinds(part: Part, refusedWords: readonly string[]): Part | undefined {
  if (refusedWords.length === 0) return part;
  const items = part.items.flatMap((item) => withoutAddresses(item, refusedWords) ?? []);
  return items.some((item) => splitWords(item.raw).words[0] === 'bind') ? { items } : undefined;
}

/** Undefined if no address is left on the line. */
function withoutAddresses(item: Item, refusedWords: readonly string[]): Item | undefined {
  const [first, addresses = ''] = splitWords(item.raw).words;
  if (first !== 'bind') return item;
  const kept = addresses.split(',').filter((word) => !refusedWords.includes(word));
  const span = wordSpans(item.raw)[1];
  if (kept.length === 0 || span === undefined) return undefined;
  return { ...item, raw: item.raw.slice(0, span.start) + kept.join(',') + item.raw.slice(span.end) };
}

/**
 * Without the lines of refused ports: a source comment counts for all lines down to the next one. A line with a
 * certificate stays, without the refused ones. Undefined if a `bind` line would have no certificate left.
 */
function reduceLines(lines: readonly Item[], isRefused: (source: SourceRef) => boolean): Item[] | undefined {
  const items: Item[] = [];
  let isDropping = false;
  for (const line of lines) {
    if (line.comments.length > 0) isDropping = isWhollyRefused(line, isRefused) && !namesCertificates(line);
    if (isDropping) continue;
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
  const isGone = (word: string): boolean =>
    gone.has(withoutTrailingSlashes(word)) && !left.has(withoutTrailingSlashes(word));
  const { words } = splitWords(item.raw);
  const spans = wordSpans(item.raw);
  const refused = words.flatMap((word, index) => (words[index - 1] === 'crt' && isGone(word) ? [index] : []));
  if (refused.length === 0) return reduced;
  if (words.filter((word) => word === 'crt').length === refused.length) return undefined;
  // From the end of the line, so that the places of the words before stay right.
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
