import type { Blame } from '@kubefigurator/config-model';
import { startsWithHeader, uniqueSources } from '@kubefigurator/config-model';
import type { ConfigLine, ConfigSection, ConfigText, ParsedText } from '../parse/config-text.ts';
import {
  findSectionsOf,
  parseConfigText,
  sectionKey,
  sectionsByKey,
  sectionsNotIn,
} from '../parse/config-text.ts';
import { countSockets } from './addresses.ts';
import type { FileFolders } from './files.ts';
import { tooManyRegexes } from './regexes.ts';
import type { ProxyKeyword } from './rules.ts';
import { disabledProxyTrouble, gateFindingsOnHead, gateFindingsOnLine } from './rules.ts';
import { checkReadability, type ReadableText } from './readable.ts';
import {
  MOST_BINDS,
  tooCostlySection,
  tooManyCertificates,
  tooManySections,
  tooManyServers,
} from './sizes.ts';

/** What a host accepts before its HAProxy reads a text: write access to etcd must not give root on the hosts. */
export interface GateSettings {
  /** Sections a text may have besides `frontend`, `backend` and `listen`. */
  readonly allowSections: readonly string[];
  /** Absolute folders whose files a text may name. */
  readonly folders: FileFolders;
  /** Accept servers at addresses of this host itself, and servers by name, which may lead there. */
  readonly allowLocalServers?: boolean;
  /** How long a text may be, in UTF-16 code units. */
  readonly maxLength: number;
}

export type Verdict =
  | { readonly kind: 'accepted'; readonly text: string; readonly config: ConfigText }
  /** Only white space and comments, without the producer's header line: what runs is kept. */
  | { readonly kind: 'blank' }
  | {
      readonly kind: 'refused';
      readonly blame: readonly Blame[];
      /** The sections in which nothing is wrong; undefined if more than lines is wrong, or some sections weren't judged. */
      readonly sound?: ParsedText | undefined;
    };

const OUR_SECTIONS: readonly ProxyKeyword[] = ['frontend', 'backend', 'listen'];
/** So many findings are reported; a text with more isn't judged to its end. */
const MAX_FINDINGS = 20;

/**
 * Judges a published text, the producer's or one that was put by hand; an accepted text ends in a newline.
 * Sections that stand in `known`, a text this gate accepted, are neither read nor judged again, nor are the lines
 * of a section that stand there below the same keyword and name.
 */
export type Gate = (published: string, known?: ConfigText) => Verdict;

/** Makes the gate of a host. */
export function createGate(settings: GateSettings): Gate {
  return (published, known) => judge(published, settings, known);
}

/** The sizes of texts that were parsed, so that only what changes is measured again. */
const readables = new WeakMap<ConfigText, ReadableText>();

/** In this order, each check refuses a text for which the next step would take too much time or memory. */
function judge(published: string, settings: GateSettings, known: ConfigText | undefined): Verdict {
  const readable = checkReadability(published, settings.maxLength, known && readables.get(known));
  if (readable.kind === 'unreadable') return refuse(readable.trouble);
  const { text } = readable;
  const layout = findSectionsOf(text, known);
  const sectionsTrouble = tooManySections(layout.starts.length);
  if (sectionsTrouble !== undefined) return refuse(sectionsTrouble);
  const config = parseConfigText(text, known, layout);
  readables.set(config, readable);
  if (config.sections.length === 0 && config.preamble.length === 0) {
    return startsWithHeader(text) ? { kind: 'accepted', text, config } : { kind: 'blank' };
  }
  const trouble = tooMuchInAll(config);
  if (trouble !== undefined) return refuse(trouble);
  return judgeLines(text, config, settings, known);
}

function judgeLines(
  text: string,
  config: ConfigText,
  settings: GateSettings,
  known: ConfigText | undefined,
): Verdict {
  const structure = structureFindings(config, settings);
  const lines = lineFindings(config, settings, known);
  const blame = [...structure, ...lines.map((finding) => finding.blame)];
  if (blame.length === 0) return { kind: 'accepted', text, config };
  const isJudged = structure.length === 0 && lines.length < MAX_FINDINGS;
  const sound = isJudged ? withoutSections(config, lines) : undefined;
  return { kind: 'refused', blame: blame.slice(0, MAX_FINDINGS), sound };
}

/** A finding on a line of this section. */
interface Finding {
  readonly section: ConfigSection;
  readonly blame: Blame;
}

function withoutSections(config: ConfigText, findings: readonly Finding[]): ParsedText {
  const wrong = new Set(findings.map(({ section }) => section));
  const raws = config.sections.filter((section) => !wrong.has(section)).map(({ raw }) => raw);
  const text = `${raws.join('\n').trimEnd()}\n`;
  return { text, config: parseConfigText(text, config) };
}

/** The message if all sections together have more of something than HAProxy takes; undefined if they don't. */
function tooMuchInAll(config: ConfigText): string | undefined {
  return (
    tooManyServers(config) ?? tooManyBinds(config) ?? tooManyCertificates(config) ?? tooManyRegexes(config)
  );
}

function refuse(message: string): Verdict {
  return { kind: 'refused', blame: [{ sources: [], message }] };
}

function structureFindings(config: ConfigText, settings: GateSettings): Blame[] {
  const findings: Blame[] = [];
  const [first] = config.preamble;
  if (first !== undefined) {
    const word = JSON.stringify(cut(first.words[0] ?? ''));
    findings.push(about(first, undefined, `${word} stands outside of any section`));
  }
  for (const section of config.sections) {
    if (proxyKeyword(section) !== undefined || settings.allowSections.includes(section.keyword)) continue;
    findings.push(
      about(
        section.head,
        section,
        `section "${section.keyword}" is not allowed here; --allow-section ${section.keyword} lets it in`,
      ),
    );
  }
  if (config.sections.every((section) => countBinds(section) === 0)) {
    findings.push({
      sources: [],
      message: 'no frontend or listen section with a bind: nothing would be served',
    });
  }
  return findings;
}

function proxyKeyword({ keyword }: ConfigSection): ProxyKeyword | undefined {
  return OUR_SECTIONS.find((each) => each === keyword);
}

function tooManyBinds({ sections }: ConfigText): string | undefined {
  let binds = 0;
  for (const section of sections) {
    binds += countBinds(section);
    if (binds > MOST_BINDS) return `more than ${MOST_BINDS} addresses to listen on`;
  }
  return undefined;
}

function countBinds(section: ConfigSection): number {
  if (section.keyword !== 'frontend' && section.keyword !== 'listen') return 0;
  const words = section.lines
    .filter((line) => line.words[0] === 'bind')
    .flatMap((line) => (line.words[1] ?? '').split(','));
  return words.reduce((sum, word) => sum + (countSockets(word) ?? 1), 0);
}

/**
 * Judges the sections that are new, and in them the lines that no section of the same keyword and name had before:
 * a frontend has thousands of rules, of which one changes.
 */
function lineFindings(
  config: ConfigText,
  { folders, allowLocalServers = false }: GateSettings,
  known: ConfigText | undefined,
): Finding[] {
  const findings: Finding[] = [];
  const before = known && sectionsByKey(known);
  for (const section of sectionsNotIn(known, config)) {
    const accepted = linesOf(before?.get(sectionKey(section)));
    const add = (line: ConfigLine, messages: readonly string[]): void => {
      for (const message of messages) findings.push({ section, blame: about(line, section, message) });
    };
    const proxy = proxyKeyword(section);
    add(section.head, gateFindingsOnHead(section.head, proxy));
    const sectionMessages = [tooCostlySection(section), disabledProxyTrouble(section.lines)];
    add(
      section.head,
      sectionMessages.filter((message) => message !== undefined),
    );
    for (const line of section.lines) {
      if (isPlain(line) && accepted.has(spell(line))) continue;
      add(line, gateFindingsOnLine(line, { folders, proxy, allowLocalServers }));
      // A text may have half a million lines, each with a finding.
      if (findings.length >= MAX_FINDINGS) return findings;
    }
    if (findings.length >= MAX_FINDINGS) return findings;
  }
  return findings;
}

/** The lines of these sections, as `spell` writes them. */
function linesOf(sections: readonly ConfigSection[] = []): ReadonlySet<string> {
  return new Set(sections.flatMap(({ lines }) => lines.map(spell)));
}

/** False for a line that is refused whatever its words are. */
function isPlain({ unterminated, expandsEnvironment }: ConfigLine): boolean {
  return !unterminated && !expandsEnvironment;
}

/** The words of a line as one text, which no other words have. */
function spell({ words }: ConfigLine): string {
  return JSON.stringify(words);
}

/** `section` is undefined for a line before the first section. */
function about(line: ConfigLine, section: ConfigSection | undefined, message: string): Blame {
  const number = (section?.startLine ?? 1) + line.offset;
  return { sources: uniqueSources(line.sources), message: `line ${number}: ${message}` };
}

function cut(word: string): string {
  return word.length > 60 ? `${word.slice(0, 60)}…` : word;
}
