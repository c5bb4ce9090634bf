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

/** One line of a config text that says something. `number` counts from 1, as HAProxy's messages do. */
export interface ConfigLine extends LineWords {
  readonly number: number;
  /** The comments in the block above this line; without one, those of the last line that had some. */
  readonly sources: readonly SourceComment[];
}

/** A section of a config text; its own line is `head`. */
export interface ConfigSection {
  readonly keyword: string;
  readonly name: string;
  readonly head: ConfigLine;
  readonly lines: readonly ConfigLine[];
}

export interface ConfigText {
  /** Lines before the first section. */
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

/** Reads a config text, whoever wrote it, into its sections; it judges nothing. */
export function parseConfigText(text: string): ConfigText {
  const preamble: ConfigLine[] = [];
  const sections: (ConfigSection & { readonly lines: ConfigLine[] })[] = [];
  let sources: readonly SourceComment[] = [];
  let block: SourceComment[] = [];
  text.split('\n').forEach((raw, index) => {
    const comment = parseSourceComment(raw);
    if (comment !== undefined) block.push(comment);
    const words = splitWords(raw);
    if (isSilent(words)) return;
    const keyword = words.words[0] ?? '';
    const starts = SECTION_KEYWORDS.has(keyword);
    if (block.length > 0 || starts) sources = block;
    block = [];
    const line = { ...words, number: index + 1, sources };
    if (starts) sections.push({ keyword, name: words.words.at(1) ?? '', head: line, lines: [] });
    else (sections.at(-1)?.lines ?? preamble).push(line);
  });
  return { preamble, sections };
}

function isSilent(line: LineWords): boolean {
  return line.words.length === 0 && !line.unterminated;
}

/** True for the producer's deliberate nothing and false for a blank value, which only looks like one. */
export function startsWithHeader(text: string): boolean {
  return text === CONFIG_HEADER || text.startsWith(`${CONFIG_HEADER}\n`);
}

/** The Services a line of the text belongs to: its own comments, else its section's. */
export function sourcesOfLine(config: ConfigText, number: number): readonly SourceComment[] {
  const section = config.sections.findLast((each) => each.head.number <= number);
  if (section === undefined) return [];
  const line = [section.head, ...section.lines].findLast((each) => each.number <= number);
  return line === undefined || line.sources.length === 0 ? section.head.sources : line.sources;
}
