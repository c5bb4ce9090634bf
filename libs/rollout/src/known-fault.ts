import type { Blame, SourceComment, SourceRef } from '@kubefigurator/config-model';
import { formatSourceComment, sourceKey } from '@kubefigurator/config-model';
import type { ConfigLine, ConfigSection, ConfigText } from '@kubefigurator/haproxy-config';
import { sectionKey } from '@kubefigurator/haproxy-config';

/**
 * What a text says about the parts that were refused: equal in two texts if the fault is still the same, so that it is
 * left out of the newer one at once and costs the other Services neither a check nor a wait. Only the options of a
 * server count: nodes come and go in all backends at once.
 */
export function describeRefusedParts(config: ConfigText, blame: readonly Blame[]): string {
  const keys = new Set(
    blame.flatMap(({ sources, shared }) => (shared === true ? [] : sources.map(sourceKey))),
  );
  const isRefused = (source: SourceComment): boolean => keys.has(sourceKey(source));
  const parts = new Set(
    blame.flatMap(({ file }) => (file === undefined ? [] : `${file.folder}/${file.name}`)),
  );
  const comments = blame.flatMap(({ sources }) => sources.map(commentOf));
  const sections = new Set(blame.flatMap(({ bind }) => bind?.section ?? []));
  // Most sections have nothing to do with the fault: their lines aren't read.
  const isConcerned = (section: ConfigSection): boolean =>
    sections.has(sectionKey(section)) || comments.some((comment) => section.raw.includes(comment));
  for (const section of config.sections.filter(isConcerned)) {
    for (const part of partsOf(section, blame, isRefused)) parts.add(part);
  }
  return [...parts].join('\n');
}

function partsOf(
  section: ConfigSection,
  blame: readonly Blame[],
  isRefused: (source: SourceComment) => boolean,
): string[] {
  const key = sectionKey(section);
  const words = blame.flatMap(({ bind }) => (bind?.section === key ? bind.word : []));
  return [section.head, ...section.lines].flatMap((line) => {
    if (line.sources.length > 0 && line.sources.every(isRefused)) return `${key}: ${wordsOf(line)}`;
    const certificates = line.sources.filter(isRefused).flatMap(({ certificate }) => certificate ?? []);
    const binds = line.words[0] === 'bind' ? words.filter((word) => addressesOf(line).includes(word)) : [];
    return [...certificates, ...binds].map((each) => `${key}: bind ${each}`);
  });
}

function addressesOf({ words }: ConfigLine): readonly string[] {
  return (words[1] ?? '').split(',');
}

function commentOf({ namespace, service, port }: SourceRef): string {
  return formatSourceComment({ namespace, service, port });
}

/** A server's name and address are passed over. */
function wordsOf({ words }: ConfigLine): string {
  return (words[0] === 'server' ? ['server', ...words.slice(3)] : words).join(' ');
}
