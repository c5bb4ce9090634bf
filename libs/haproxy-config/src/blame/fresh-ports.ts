import type { SourceRef } from '@kubefigurator/config-model';
import { sourceKey, uniqueSources } from '@kubefigurator/config-model';
import type { ConfigLine, ConfigSection, ConfigText } from '../parse/config-text.ts';
import { sectionKey, wordsWithoutPlace } from '../parse/config-text.ts';
import { sourceKeysIn } from '../parse/source-keys.ts';

/** A port of a Service whose lines in a candidate differ from those that HAProxy runs. */
export interface FreshPort extends SourceRef {
  /** True if nothing of this port runs yet, so that nobody loses anything without it. */
  readonly isNew: boolean;
}

/**
 * The ports that are new in a candidate, or changed, in the order of the text. The addresses of servers don't count, since
 * nodes come and go in all backends at once, nor do the certificates that others asked for on a shared bind.
 */
export function freshPorts(candidate: ConfigText, running: ConfigText | undefined): FreshPort[] {
  const before = running?.sections ?? [];
  // Sections that both texts have say the same of each port.
  const rawsBefore = new Set(before.map(({ raw }) => raw));
  const rawsNow = new Set(candidate.sections.map(({ raw }) => raw));
  const wanted = describePorts(candidate.sections.filter(({ raw }) => !rawsBefore.has(raw)));
  const runs = describePorts(before.filter(({ raw }) => !rawsNow.has(raw)));
  const served = new Set(before.flatMap((section) => [...sourceKeysIn(section)]));
  return [...wanted].flatMap(([key, { source, lines }]) => {
    const isSame = runs.get(key)?.lines.join('\n') === lines.join('\n');
    return isSame ? [] : [{ ...source, isNew: !served.has(key) }];
  });
}

interface Description {
  readonly source: SourceRef;
  readonly lines: string[];
}

/** What sections say about each port. */
function describePorts(sections: readonly ConfigSection[]): ReadonlyMap<string, Description> {
  const ports = new Map<string, Description>();
  const add = (source: SourceRef, line: string): void => {
    const key = sourceKey(source);
    const known = ports.get(key);
    const { namespace, service, port } = source;
    if (known === undefined) ports.set(key, { source: { namespace, service, port }, lines: [line] });
    else known.lines.push(line);
  };
  for (const section of sections) {
    const key = sectionKey(section);
    for (const line of [section.head, ...section.lines]) {
      const { sources } = line.sources.length > 0 ? line : section.head;
      for (const source of uniqueSources(sources)) add(source, `${key}: ${wordsOf(line)}`);
      const asking = line.sources.filter(({ certificate }) => certificate !== undefined);
      for (const source of asking) add(source, `${key}: crt ${source.certificate ?? ''}`);
    }
  }
  return ports;
}

const CERTIFICATE = new Set(['crt', 'crt-list']);

/** The words of a line without a server's name and address, and without certificates, which the comments name. */
function wordsOf(line: ConfigLine): string {
  const words = wordsWithoutPlace(line);
  const isCertificate = (index: number): boolean =>
    CERTIFICATE.has(words[index] ?? '') || CERTIFICATE.has(words[index - 1] ?? '');
  return words.filter((_, index) => words[0] !== 'bind' || !isCertificate(index)).join(' ');
}
