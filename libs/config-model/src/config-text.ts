import type { SourceComment } from './source.ts';
import { parseSourceComment } from './source.ts';
import type { LineWords } from './words.ts';
import { splitWords } from './words.ts';

/**
 * The first line of every text the producer publishes.
 * A text that is only this line is a deliberate nothing: it is applied, while a blank value never is.
 */
export const CONFIG_HEADER =
  '# kubefigurator: written by kubefigurator-producer; changes made here are overwritten by the next publication';

/** One line of a config text that says something. */
export interface ConfigLine extends LineWords {
  /** How many lines it stands below the first one of its part of the text. */
  readonly offset: number;
  /** The comments in the block above this line; without one, those of the last line that had some. */
  readonly sources: readonly SourceComment[];
}

/** A section of a config text; its own line is `head`. */
export interface ConfigSection {
  readonly keyword: string;
  readonly name: string;
  /** The whole of it with the comments above, as it stands in the text. */
  readonly raw: string;
  /** Number of the first line of `raw`, counted from 1 as HAProxy's messages do. */
  readonly startLine: number;
  readonly head: ConfigLine;
  readonly lines: readonly ConfigLine[];
}

export interface ConfigText {
  /** Lines before the first section; their offset counts from line 1. */
  readonly preamble: readonly ConfigLine[];
  readonly sections: readonly ConfigSection[];
}

/** The words that begin a section in HAProxy 2.6 to 3.2; anything else belongs to the section it stands in. */
const SECTION_KEYWORDS: ReadonlySet<string> = new Set([
  'acme',
  'backend',
  'cache',
  'crt-store',
  'defaults',
  'dynamic-update',
  'fcgi-app',
  'frontend',
  'global',
  'http-errors',
  'listen',
  'log-forward',
  'log-profile',
  'mailers',
  'peers',
  'program',
  'resolvers',
  'ring',
  'traces',
  'userlist',
]);

const PLAIN_HEAD = new RegExp(`^[ \\t\\r]*(?:${[...SECTION_KEYWORDS].join('|')})(?=[ \\t\\r#]|$)`);
const QUOTING = /["'\\]/;

/** What is said about one section besides its text. */
interface SectionContent {
  readonly head: ConfigLine;
  readonly lines: readonly ConfigLine[];
}

/** A section's content; sections of several texts may share it. */
interface ContentKeeper {
  readonly keyword: string;
  readonly name: string;
  /** What was read is forgotten where memory is wanted back: 50,000 lines in pieces weigh 25 MB. */
  kept: WeakRef<SectionContent>;
}

const keepers = new WeakMap<ConfigSection, ContentKeeper>();

/**
 * Reads a config text, whoever wrote it, into its sections; it judges nothing.
 * The lines of a section are read when they are asked for, since a text may have 50,000 of them.
 * Sections that stand in `known` with the same words and comments are taken from there instead of being read again.
 */
export function parseConfigText(text: string, known?: ConfigText): ConfigText {
  const lines = text.split('\n');
  const starts = sectionStarts(lines);
  const readBefore = new Map(known?.sections.map((section) => [section.raw, section]));
  let from = lengthOf(lines, 0, starts[0] ?? 0);
  const sections = starts.map((start, index) => {
    const length = lengthOf(lines, start, starts[index + 1] ?? lines.length);
    const raw = text.slice(from, from + length - 1);
    from += length;
    const before = readBefore.get(raw);
    return createSection(raw, start + 1, before === undefined ? undefined : keepers.get(before));
  });
  return { preamble: readLines(lines.slice(0, starts[0] ?? lines.length)), sections };
}

/** Characters of some lines, each with the line feed behind it. */
function lengthOf(lines: readonly string[], start: number, end: number): number {
  let length = 0;
  for (let index = start; index < end; index += 1) length += (lines[index]?.length ?? 0) + 1;
  return length;
}

/** The content is that of its own `raw`, never of an older text's, which would have to stay in memory. */
function createSection(raw: string, startLine: number, keeper = createKeeper(raw)): ConfigSection {
  const content = (): SectionContent => {
    const known = keeper.kept.deref();
    if (known !== undefined) return known;
    const read = readSection(raw);
    keeper.kept = new WeakRef(read);
    return read;
  };
  const section: ConfigSection = {
    keyword: keeper.keyword,
    name: keeper.name,
    raw,
    startLine,
    get head() {
      return content().head;
    },
    get lines() {
      return content().lines;
    },
  };
  keepers.set(section, keeper);
  return section;
}

function createKeeper(raw: string): ContentKeeper {
  const content = readSection(raw);
  const [keyword = '', name = ''] = content.head.words;
  return { keyword: copyOf(keyword), name: copyOf(name), kept: new WeakRef(content) };
}

/** A string of its own: a piece of another one keeps all of that in memory. */
function copyOf(piece: string): string {
  return piece.split('').join('');
}

/** Indices of the lines at which the sections start, with the comments and blanks above their own line. */
function sectionStarts(lines: readonly string[]): number[] {
  const starts: number[] = [];
  let silentSince = 0;
  lines.forEach((line, index) => {
    if (isHead(line)) starts.push(silentSince);
    if (!isSilent(line)) silentSince = index + 1;
  });
  return starts;
}

function isHead(line: string): boolean {
  return QUOTING.test(line) ? SECTION_KEYWORDS.has(splitWords(line).words[0] ?? '') : PLAIN_HEAD.test(line);
}

function isSilent(line: string): boolean {
  return /^[ \t\r\v\f]*(?:#|$)/.test(line);
}

function readSection(raw: string): SectionContent {
  const [head, ...lines] = readLines(raw.split('\n'));
  if (head === undefined) throw new Error('a section starts with its own line');
  return { head, lines };
}

function readLines(texts: readonly string[]): ConfigLine[] {
  const lines: ConfigLine[] = [];
  let sources: readonly SourceComment[] = [];
  let block: SourceComment[] = [];
  texts.forEach((text, offset) => {
    if (isSilent(text)) {
      const comment = parseSourceComment(text);
      if (comment !== undefined) block.push(comment);
      return;
    }
    if (block.length > 0) [sources, block] = [block, []];
    const { words, expandsEnvironment, unterminated } = splitWords(text);
    lines.push({ words, expandsEnvironment, unterminated, offset, sources });
  });
  return lines;
}

/** True for the producer's deliberate nothing and false for a blank value, which only looks like one. */
export function startsWithHeader(text: string): boolean {
  return text === CONFIG_HEADER || text.startsWith(`${CONFIG_HEADER}\n`);
}

/** The Services a line of the text belongs to: its own comments, else its section's. */
export function sourcesOfLine(config: ConfigText, number: number): readonly SourceComment[] {
  const section = config.sections.findLast((each) => each.startLine + each.head.offset <= number);
  if (section === undefined) return [];
  const line = section.lines.findLast((each) => section.startLine + each.offset <= number);
  return line === undefined || line.sources.length === 0 ? section.head.sources : line.sources;
}
