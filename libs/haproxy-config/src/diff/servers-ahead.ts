import { parseConfigText, sectionKey, sectionsByKey } from '../parse/config-text.ts';
import type { ParsedText } from '../parse/config-text.ts';
import { serverChanges } from './servers.ts';

/**
 * The running text with those servers of the candidate that HAProxy takes at run time, in backends that are otherwise
 * what runs; undefined where there are none. While a candidate waits for its reload, nodes that went aren't asked, and
 * new ones are.
 */
export function withServersOf(running: ParsedText, candidate: ParsedText): ParsedText | undefined {
  const [own, wanted] = [sectionsByKey(running.config), sectionsByKey(candidate.config)];
  let isNew = false;
  const raws = running.config.sections.map((section) => {
    const key = sectionKey(section);
    const [other, ...others] = wanted.get(key) ?? [];
    // What is there twice is nobody's.
    const isUnique = others.length === 0 && own.get(key)?.length === 1;
    if (other === undefined || !isUnique || other.raw === section.raw) return section.raw;
    const changes = serverChanges(section, other);
    if (changes === undefined || changes.length === 0) return section.raw;
    isNew = true;
    return other.raw;
  });
  if (!isNew) return undefined;
  const text = `${prefaceOf(running)}${raws.join('\n').trimEnd()}\n`;
  return { text, config: parseConfigText(text, candidate.config) };
}

/** Everything above the first section, with its line feed. */
function prefaceOf({ text, config: { sections } }: ParsedText): string {
  const length = sections.reduce((sum, { raw }) => sum + raw.length + 1, -1);
  return text.slice(0, text.length - length);
}
