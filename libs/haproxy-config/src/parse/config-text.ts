import type { SourceComment } from '@kubefigurator/config-model';
import { parseSourceComment } from '@kubefigurator/config-model';
import type { Layout, LayoutBeside } from './layout.ts';
import { findSections } from './layout.ts';
import type { ReleaseFile } from './release-file.ts';
import { isCommentOrBlank } from './section-starts.ts';
import type { LineWords } from './words.ts';
import { splitWords } from './words.ts';

/** One line of a config text that has words. */
export interface ConfigLine extends LineWords {
  /**
   * How many lines it stands below the first line of its section's `raw`, or of the text for a line of the preamble.
   */
  readonly offset: number;
  /** The source comments between the line before and this one; if there are none, the sources of the line before. */
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

/** A text with its sections. */
export interface ParsedText {
  readonly text: string;
  readonly config: ConfigText;
  /** The files of the release whose text it is; a portable text has none. */
  readonly files?: readonly ReleaseFile[] | undefined;
}

/** The parsed lines of one section. */
interface SectionContent {
  readonly head: ConfigLine;
  readonly lines: readonly ConfigLine[];
}

/** Keeps the content of a section; sections of several texts with the same `raw` share one keeper. */
interface ContentKeeper {
  readonly keyword: string;
  readonly name: string;
  readonly lineFeeds: number;
  /** Held weakly, since the parsed lines of a text of 50,000 lines need 25 MB; they are parsed again if needed. */
  kept: WeakRef<SectionContent>;
}

const keepers = new WeakMap<ConfigSection, ContentKeeper>();

/** Each parsed text with the places where its sections start. Each section is a slice of the text and so keeps it anyway. */
const layouts = new WeakMap<ConfigText, Layout>();

/**
 * Parses any config text into its sections, without validating it.
 * A section's lines are read at once if it is new, but are held weakly, since a text may have 50,000 of them; they are
 * read again when they are asked for.
 * The lines of sections that stand in `known` with exactly the same text are taken from there instead of being read again.
 * `layout` spares the search for where sections start, if it was made with the same `known` before.
 */
export function parseConfigText(
  text: string,
  known?: ConfigText,
  layout: LayoutBeside = findSectionsOf(text, known),
): ConfigText {
  const { starts, sameFirst, sameLast } = layout;
  const readBefore = new Map(
    known?.sections
      .slice(sameFirst, known.sections.length - sameLast)
      .map((section) => [section.raw, section]),
  );
  const firstOfLast = starts.length - sameLast;
  const shift = (known?.sections.length ?? 0) - starts.length;
  const preamble = starts[0] === undefined ? text : text.slice(0, Math.max(0, starts[0] - 1));
  let startLine = 1 + (starts[0] === undefined ? 0 : countLineFeeds(text.slice(0, starts[0])));
  const sections = starts.map((start, index) => {
    const next = starts[index + 1];
    const raw = text.slice(start, next === undefined ? text.length : next - 1);
    const isKnownSame = index < sameFirst || index >= firstOfLast;
    const indexInKnown = index < sameFirst ? index : index + shift;
    const same = isKnownSame ? known?.sections[indexInKnown] : readBefore.get(raw);
    const keeper = (same === undefined ? undefined : keepers.get(same)) ?? createKeeper(raw);
    const section = createSection(raw, startLine, keeper);
    startLine += keeper.lineFeeds + 1;
    return section;
  });
  const config = { preamble: starts[0] === 0 ? [] : readLines(preamble.split('\n')), sections };
  layouts.set(config, { text, starts });
  return config;
}

/** Finds where the sections of a text start, which costs far less than to read them. */
export function findSectionsOf(text: string, known?: ConfigText): LayoutBeside {
  return findSections(text, known && layouts.get(known));
}

/**
 * An object by which something can be kept about a section, such as a count. Sections with exactly the same text share
 * it, if the text of one was parsed with that of the other as `known`.
 */
export function sharedSectionContent(section: ConfigSection): object {
  return keepers.get(section) ?? section;
}

/** The sections that don't stand in `known` with exactly the same text; `config` was parsed with `known`. */
export function sectionsNotIn(known: ConfigText | undefined, config: ConfigText): ConfigSection[] {
  const shared = new Set(known?.sections.map((section) => keepers.get(section)));
  return config.sections.filter((section) => !shared.has(keepers.get(section)));
}

/** A section that has to be parsed again is parsed from its own `raw`, so that no older text has to stay in memory. */
function createSection(raw: string, startLine: number, keeper: ContentKeeper): ConfigSection {
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
  return {
    keyword: copyOf(keyword),
    name: copyOf(name),
    lineFeeds: countLineFeeds(raw),
    kept: new WeakRef(content),
  };
}

/** A copy, since a slice keeps its whole parent string in memory (V8). */
function copyOf(piece: string): string {
  return piece.split('').join('');
}

export function countLineFeeds(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

function readSection(raw: string): SectionContent {
  const [head, ...lines] = readLines(raw.split('\n'));
  if (head === undefined) throw new Error('a section starts with its own line');
  return { head, lines };
}

function readLines(texts: readonly string[]): ConfigLine[] {
  const lines: ConfigLine[] = [];
  let sources: readonly SourceComment[] = [];
  // The source comments since the last line with words.
  let block: SourceComment[] = [];
  texts.forEach((text, offset) => {
    if (isCommentOrBlank(text)) {
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

/** The source comments above the line with this number, counted from 1; if it has none, those of its section. */
export function sourcesOfLine(config: ConfigText, number: number): readonly SourceComment[] {
  const section = config.sections.findLast((each) => each.startLine + each.head.offset <= number);
  if (section === undefined) return [];
  const line = section.lines.findLast((each) => section.startLine + each.offset <= number);
  return line === undefined || line.sources.length === 0 ? section.head.sources : line.sources;
}

/** Keyword and name, which identify a section. */
export function sectionKey({ keyword, name }: Pick<ConfigSection, 'keyword' | 'name'>): string {
  return `${keyword} ${name}`.trimEnd();
}

/** Sections by keyword and name; several sections may have the same ones. */
export function sectionsByKey(config: ConfigText): ReadonlyMap<string, readonly ConfigSection[]> {
  const sections = new Map<string, ConfigSection[]>();
  for (const section of config.sections) {
    const key = sectionKey(section);
    const same = sections.get(key);
    if (same === undefined) sections.set(key, [section]);
    else same.push(section);
  }
  return sections;
}

/** The words of a line; of a `server` line without name and address, since nodes come and go in all backends at once. */
export function wordsWithoutPlace({ words }: Pick<ConfigLine, 'words'>): readonly string[] {
  return words[0] === 'server' ? ['server', ...words.slice(3)] : words;
}
