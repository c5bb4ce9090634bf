import { compareText } from '@kubefigurator/config-model';
import type { ConfigSection, ConfigText, ParsedText } from '../parse/config-text.ts';
import { sectionKey, sectionsByKey } from '../parse/config-text.ts';
import type { RuntimeChange } from './runtime-change.ts';
import { diffSections, isLikeFreshStart } from './runtime-change.ts';

/** How a host gets from the text that it runs to the candidate. */
export type ApplyPlan =
  /** HAProxy runs this very text; the file on disk may still be another one. */
  | { readonly kind: 'none' }
  /**
   * Only such things differ that mean the same to HAProxy: comments, white space, the order of sections and servers,
   * the copy of a certificate instead of its file, the name of a list. The file is written, HAProxy needs nothing.
   */
  | { readonly kind: 'rewrite' }
  /** Everything that differs can be changed through the runtime API. */
  | {
      readonly kind: 'runtime';
      readonly changes: readonly RuntimeChange[];
      readonly reasons: readonly string[];
    }
  /** HAProxy has to read the file again; `reasons` name what differs, in canonical order. */
  | { readonly kind: 'reload'; readonly reasons: readonly string[] };

/** What a plan may use on this host. */
export interface PlanOptions {
  /** False if servers changed at run time may differ from those of a fresh start: every plan for them is a `reload`. */
  readonly runtime: boolean;
  /**
   * Our copies of certificates, each with the file that it was made of. Here it makes no difference which of the two a
   * text names: the certificates that HAProxy serves are compared elsewhere.
   */
  readonly copies?: ReadonlyMap<string, string>;
}

/** Compares the running text with the candidate; without a running text everything is new. */
export function planApply(
  running: ParsedText | undefined,
  candidate: ParsedText,
  options: PlanOptions,
): ApplyPlan {
  if (running === undefined) return { kind: 'reload', reasons: ['nothing is known to run yet'] };
  if (running.text === candidate.text) return { kind: 'none' };
  const meaning = meaningOf([running, candidate], options.copies);
  const differences = compareSections(running.config, candidate.config, meaning);
  if (orderMatters(running.config, candidate.config)) {
    differences.push({ key: 'the order of sections', what: 'changed', before: [], after: [] });
  }
  const changes = runtimeChanges(differences);
  const meansTheSame = changes?.length === 0;
  if (meansTheSame) return { kind: 'rewrite' };
  const reasons = differences.map(({ key, what }) => `${key} ${what}`).sort(compareText);
  return changes !== undefined && options.runtime && isLikeFreshStart(changes, candidate)
    ? { kind: 'runtime', changes, reasons }
    : { kind: 'reload', reasons };
}

interface Difference {
  readonly key: string;
  readonly what: 'added' | 'changed' | 'removed';
  readonly before: readonly ConfigSection[];
  readonly after: readonly ConfigSection[];
}

function compareSections(running: ConfigText, candidate: ConfigText, meaning: Meaning): Difference[] {
  const [old, wanted] = [sectionsByKey(running), sectionsByKey(candidate)];
  const differences: Difference[] = [];
  for (const [key, after] of wanted) {
    const before = old.get(key) ?? [];
    if (before.length === 0) differences.push({ key, what: 'added', before, after });
    else if (!isSame(before, after, meaning)) differences.push({ key, what: 'changed', before, after });
  }
  for (const [key, before] of old) {
    if (!wanted.has(key)) differences.push({ key, what: 'removed', before, after: [] });
  }
  return differences;
}

/**
 * True if the sections aren't the same ones in the same order, and the candidate has one that has an effect on what
 * follows it: `defaults` and some others; the producer's own have none. One that only the running text has is removed,
 * which takes a reload anyway.
 */
function orderMatters(running: ConfigText, candidate: ConfigText): boolean {
  const orderOf = ({ sections }: ConfigText): string => sections.map(sectionKey).join('\n');
  const hasOtherSection = candidate.sections.some(
    (section) => !/^(?:frontend|backend|listen)$/.test(section.keyword),
  );
  return hasOtherSection && orderOf(running) !== orderOf(candidate);
}

function isSame(
  before: readonly ConfigSection[],
  after: readonly ConfigSection[],
  meaning: Meaning,
): boolean {
  if (before.length === after.length && before.every((section, index) => section.raw === after[index]?.raw))
    return true;
  return meaning(wordsOf(before)) === meaning(wordsOf(after));
}

/** Makes of the words of sections (`wordsOf`) a text that is equal for two sections that mean the same to HAProxy. */
type Meaning = (words: string) => string;

/**
 * Puts the certificates of a list in the place of its name, and the file in the place of its copy. The names of lists
 * and copies have a hash in them, so no other word of a text is equal to one.
 */
function meaningOf(texts: readonly ParsedText[], copies: ReadonlyMap<string, string> = new Map()): Meaning {
  const lists = new Map(
    texts.flatMap(({ files = [] }) =>
      files.map(({ name, content }) => {
        const paths = content.split('\n').map((path) => copies.get(path) ?? path);
        return [name, JSON.stringify(paths)] as const;
      }),
    ),
  );
  return (words) => {
    let result = words;
    for (const [copy, file] of copies) result = result.replaceAll(JSON.stringify(copy), JSON.stringify(file));
    if (lists.size === 0) return result;
    return result.replace(LIST, (path, name: string) => lists.get(name) ?? path);
  };
}

/** A word that is the path of a list, as JSON has it; its group is the name of the list. */
const LIST = /"[^"]*\/([0-9a-f]{64}\.crt-list)"/g;

/** The words of all lines as JSON, without comments and spacing, which make no difference. */
function wordsOf(sections: readonly ConfigSection[]): string {
  return JSON.stringify(sections.map(({ head, lines }) => [head, ...lines].map((line) => line.words)));
}

/** The changes at run time that bring all differences; undefined if at least one of these needs a reload. */
function runtimeChanges(differences: readonly Difference[]): RuntimeChange[] | undefined {
  const changes: RuntimeChange[] = [];
  for (const { before, after } of differences) {
    const [old, wanted] = [before[0], after[0]];
    // Only a section that each text has exactly once can be changed at run time.
    if (old === undefined || wanted === undefined || before.length > 1 || after.length > 1) return undefined;
    const changesOfSection = diffSections(old, wanted);
    if (changesOfSection === undefined) return undefined;
    changes.push(...changesOfSection);
  }
  return changes;
}
