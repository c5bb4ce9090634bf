import type { ConfigSection } from '@kubefigurator/config-model';
import { parseConfigText } from '@kubefigurator/config-model';
import { sectionKey } from './binds.ts';
import type { ParsedText } from './plan.ts';
import { serverChanges } from './servers.ts';

/**
 * The running text with those servers of the candidate that HAProxy takes at run time, in backends that are otherwise
 * what runs; undefined where there are none. While a candidate waits for its reload, nodes that went aren't asked, and
 * new ones are.
 */
export function withServersOf(running: ParsedText, candidate: ParsedText): ParsedText | undefined {
  const wanted = uniqueSections(candidate.config.sections);
  const own = uniqueSections(running.config.sections);
  let isNew = false;
  const raws = running.config.sections.map((section) => {
    const key = sectionKey(section);
    const other = own.get(key) === section ? wanted.get(key) : undefined;
    if (other === undefined || other.raw === section.raw) return section.raw;
    const changes = serverChanges(section, other);
    if (changes === undefined || changes.length === 0) return section.raw;
    isNew = true;
    return other.raw;
  });
  if (!isNew) return undefined;
  const text = `${prefaceOf(running)}${raws.join('\n').trimEnd()}\n`;
  return { text, config: parseConfigText(text, candidate.config) };
}

/** Sections by key; what is there twice is nobody's. */
function uniqueSections(sections: readonly ConfigSection[]): ReadonlyMap<string, ConfigSection> {
  const unique = new Map<string, ConfigSection>();
  const seen = new Set<string>();
  for (const section of sections) {
    const key = sectionKey(section);
    if (seen.has(key)) unique.delete(key);
    else unique.set(key, section);
    seen.add(key);
  }
  return unique;
}

/** Everything above the first section, with its line feed. */
function prefaceOf({ text, config: { sections } }: ParsedText): string {
  const length = sections.reduce((sum, { raw }) => sum + raw.length + 1, -1);
  return text.slice(0, text.length - length);
}
