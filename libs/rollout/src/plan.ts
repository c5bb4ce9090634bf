import type { ConfigSection, ConfigText } from '@kubefigurator/config-model';
import { compareText } from '@kubefigurator/config-model';

/** How a host gets from the text it runs to the candidate. */
export type ApplyPlan =
  /** The same text: nothing to do. */
  | { readonly kind: 'none' }
  /** Only comments, white space or the order of sections differ: the file is written, HAProxy needs nothing. */
  | { readonly kind: 'rewrite' }
  /** HAProxy has to read the file again; `reasons` name what differs, in canonical order. */
  | { readonly kind: 'reload'; readonly reasons: readonly string[] };

/** A text with its sections. */
export interface ParsedText {
  readonly text: string;
  readonly config: ConfigText;
}

/** Compares the running text with the candidate; without a running text everything is new. */
export function planApply(running: ParsedText | undefined, candidate: ParsedText): ApplyPlan {
  if (running === undefined) return { kind: 'reload', reasons: ['nothing is known to run yet'] };
  if (running.text === candidate.text) return { kind: 'none' };
  const reasons = sectionReasons(contents(running.config), contents(candidate.config));
  return reasons.length === 0 ? { kind: 'rewrite' } : { kind: 'reload', reasons };
}

function contents(config: ConfigText): Map<string, string> {
  const sections = new Map<string, string>();
  for (const section of config.sections) {
    const key = `${section.keyword} ${section.name}`.trimEnd();
    sections.set(key, `${sections.get(key) ?? ''}${content(section)}\n`);
  }
  return sections;
}

/** The words of a section, so that neither comments nor spacing count. */
function content(section: ConfigSection): string {
  return JSON.stringify([section.head, ...section.lines].map((line) => line.words));
}

function sectionReasons(
  running: ReadonlyMap<string, string>,
  candidate: ReadonlyMap<string, string>,
): string[] {
  const reasons: string[] = [];
  for (const [key, text] of candidate) {
    const before = running.get(key);
    if (before === undefined) reasons.push(`${key} added`);
    else if (before !== text) reasons.push(`${key} changed`);
  }
  for (const key of running.keys()) if (!candidate.has(key)) reasons.push(`${key} removed`);
  return reasons.sort(compareText);
}
