import { compareText } from '@kubefigurator/config-model';
import type { ConfigSection, ConfigText, ParsedText } from '../parse/config-text.ts';
import { sectionKey, sectionsByKey } from '../parse/config-text.ts';
import type { ServerChange } from './servers.ts';
import { mayReferToServers, serverChanges } from './servers.ts';

/** How a host gets from the text it runs to the candidate. */
export type ApplyPlan =
  /** The same text: nothing to do. */
  | { readonly kind: 'none' }
  /** Only comments, white space or the order of sections and servers differ: the file is written, HAProxy needs nothing. */
  | { readonly kind: 'rewrite' }
  /** Only servers come, go or move, in backends that take that at run time. */
  | {
      readonly kind: 'runtime';
      readonly changes: readonly ServerChange[];
      readonly reasons: readonly string[];
    }
  /** HAProxy has to read the file again; `reasons` name what differs, in canonical order. */
  | { readonly kind: 'reload'; readonly reasons: readonly string[] };

/** What the host lets a plan use. */
export interface PlanOptions {
  /** False where HAProxy can't be changed at run time as a fresh start would have it. */
  readonly runtime: boolean;
}

/** Compares the running text with the candidate; without a running text everything is new. */
export function planApply(
  running: ParsedText | undefined,
  candidate: ParsedText,
  options: PlanOptions,
): ApplyPlan {
  if (running === undefined) return { kind: 'reload', reasons: ['nothing is known to run yet'] };
  if (running.text === candidate.text) return { kind: 'none' };
  const differences = compareSections(running.config, candidate.config);
  if (orderMatters(running.config, candidate.config)) {
    differences.push({ key: 'the order of sections', what: 'changed', before: [], after: [] });
  }
  const changes = runtimeChanges(differences);
  if (changes?.length === 0) return { kind: 'rewrite' };
  const reasons = differences.map(({ key, what }) => `${key} ${what}`).sort(compareText);
  return changes !== undefined && options.runtime && isLikeFreshStart(changes, candidate)
    ? { kind: 'runtime', changes, reasons }
    : { kind: 'reload', reasons };
}

/** Nothing may refer to a server that goes, and none that comes may be meant to inherit anything. */
function isLikeFreshStart(changes: readonly ServerChange[], { text, config }: ParsedText): boolean {
  const removes = changes.some((change) => change.kind === 'remove');
  return !(removes && mayReferToServers(text)) && !hasServerDefaults(config);
}

/** What `add server` doesn't inherit, and a fresh start does. */
function hasServerDefaults({ sections }: ConfigText): boolean {
  return sections.some(
    (section) =>
      section.keyword === 'defaults' && section.lines.some((line) => line.words[0] === 'default-server'),
  );
}

interface Difference {
  readonly key: string;
  readonly what: 'added' | 'changed' | 'removed';
  readonly before: readonly ConfigSection[];
  readonly after: readonly ConfigSection[];
}

function compareSections(running: ConfigText, candidate: ConfigText): Difference[] {
  const [old, wanted] = [sectionsByKey(running), sectionsByKey(candidate)];
  const differences: Difference[] = [];
  for (const [key, after] of wanted) {
    const before = old.get(key) ?? [];
    if (before.length === 0) differences.push({ key, what: 'added', before, after });
    else if (!isSame(before, after)) differences.push({ key, what: 'changed', before, after });
  }
  for (const [key, before] of old) {
    if (!wanted.has(key)) differences.push({ key, what: 'removed', before, after: [] });
  }
  return differences;
}

/** `defaults` and their like mean something for what follows them; our own sections don't. */
function orderMatters(running: ConfigText, candidate: ConfigText): boolean {
  const keys = ({ sections }: ConfigText): readonly string[] => sections.map(sectionKey);
  const foreign = candidate.sections.some(
    (section) => !/^(?:frontend|backend|listen)$/.test(section.keyword),
  );
  return foreign && keys(running).join('\n') !== keys(candidate).join('\n');
}

function isSame(before: readonly ConfigSection[], after: readonly ConfigSection[]): boolean {
  if (before.length === after.length && before.every((section, index) => section.raw === after[index]?.raw))
    return true;
  return content(before) === content(after);
}

/** The words of a section, so that neither comments nor spacing count. */
function content(sections: readonly ConfigSection[]): string {
  return JSON.stringify(sections.map(({ head, lines }) => [head, ...lines].map((line) => line.words)));
}

/** Undefined where at least one difference needs a reload. */
function runtimeChanges(differences: readonly Difference[]): ServerChange[] | undefined {
  const changes: ServerChange[] = [];
  for (const { before, after } of differences) {
    const [old, wanted] = [before[0], after[0]];
    if (old === undefined || wanted === undefined || before.length > 1 || after.length > 1) return undefined;
    const own = serverChanges(old, wanted);
    if (own === undefined) return undefined;
    changes.push(...own);
  }
  return changes;
}
