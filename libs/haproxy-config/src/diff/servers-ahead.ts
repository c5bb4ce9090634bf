import { parseConfigText, sectionKey, sectionsByKey } from '../parse/config-text.ts';
import type { ParsedText } from '../parse/config-text.ts';
import { diffServers } from './server-change.ts';

/**
 * The running text with the servers of the candidate in all backends that differ in nothing else; undefined if there
 * is no such backend. While a candidate waits for its reload, this text keeps requests away from nodes that are gone
 * and brings them to new ones.
 */
export function withServersOf(running: ParsedText, candidate: ParsedText): ParsedText | undefined {
  const [own, wanted] = [sectionsByKey(running.config), sectionsByKey(candidate.config)];
  let hasChanged = false;
  const raws = running.config.sections.map((section) => {
    const key = sectionKey(section);
    const [other, ...others] = wanted.get(key) ?? [];
    // HAProxy refuses two backends of one name, so it isn't known which one runs.
    const isUnique = others.length === 0 && own.get(key)?.length === 1;
    if (other === undefined || !isUnique || other.raw === section.raw) return section.raw;
    const changes = diffServers(section, other);
    if (changes === undefined || changes.length === 0) return section.raw;
    hasChanged = true;
    return other.raw;
  });
  if (!hasChanged) return undefined;
  const text = `${prefaceOf(running)}${raws.join('\n').trimEnd()}\n`;
  return { text, config: parseConfigText(text, candidate.config) };
}

/** Everything above the first section, with its line feed. */
function prefaceOf({ text, config: { sections } }: ParsedText): string {
  // One line feed stands between two sections.
  const lineFeeds = sections.length - 1;
  const sectionsLength = sections.reduce((sum, { raw }) => sum + raw.length, lineFeeds);
  return text.slice(0, text.length - sectionsLength);
}
