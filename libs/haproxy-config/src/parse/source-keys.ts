import { parseSourceComment, sourceKey } from '@kubefigurator/config-model';
import type { ConfigSection } from './config-text.ts';
import { sharedSectionContent } from './config-text.ts';

/** By the content that sections of several texts share: most sections are asked for in each pass. */
const known = new WeakMap<object, ReadonlySet<string>>();
const COMMENT = /^[^\S\n]*# service: .*$/gm;

/** The keys of all ports that the comments of a section name; they are found in its raw text, so that its lines needn't be parsed. */
export function sourceKeysIn(section: ConfigSection): ReadonlySet<string> {
  const content = sharedSectionContent(section);
  const before = known.get(content);
  if (before !== undefined) return before;
  const comments = [...section.raw.matchAll(COMMENT)].flatMap(([line]) => parseSourceComment(line) ?? []);
  const ports = new Set(comments.map(sourceKey));
  known.set(content, ports);
  return ports;
}
