import type { Blame, SourceComment } from '@kubefigurator/config-model';
import { sourceKey } from '@kubefigurator/config-model';
import type { ConfigLine, ConfigSection, ConfigText } from '@kubefigurator/haproxy-config';
import { sourceKeysIn, sectionKey, wordsWithoutPlace } from '@kubefigurator/haproxy-config';

/**
 * What a text says about the parts that were refused: equal in two texts if the fault is still the same, so that it is
 * left out of the newer one at once and costs the other Services neither a check nor a wait. Of a `server`
 * line only the options count, not its name and address: nodes come and go in all backends at once.
 */
export function describeRefusedParts(config: ConfigText, blame: readonly Blame[]): string {
  // A message about a line that several Services share doesn't say which of them is at fault.
  const faulty = new Set(
    blame.flatMap(({ sources, shared }) => (shared === true ? [] : sources.map(sourceKey))),
  );
  const isRefused = (source: SourceComment): boolean => faulty.has(sourceKey(source));
  const parts = new Set(
    blame.flatMap(({ file }) => (file === undefined ? [] : `${file.folder}/${file.name}`)),
  );
  const concerned = new Set(blame.flatMap(({ sources }) => sources.map(sourceKey)));
  const binds = bindsBySection(blame);
  // Most sections have nothing to do with the fault: their lines aren't read.
  const isConcerned = (section: ConfigSection): boolean =>
    binds.has(sectionKey(section)) || [...sourceKeysIn(section)].some((key) => concerned.has(key));
  for (const section of config.sections.filter(isConcerned)) {
    for (const part of partsOf(section, binds.get(sectionKey(section)) ?? [], isRefused)) parts.add(part);
  }
  return [...parts].join('\n');
}

/** The addresses that aren't available, by keyword and name of their section. */
function bindsBySection(blame: readonly Blame[]): ReadonlyMap<string, readonly string[]> {
  const binds = new Map<string, string[]>();
  for (const { section, word } of blame.flatMap(({ bind }) => bind ?? [])) {
    const same = binds.get(section);
    if (same === undefined) binds.set(section, [word]);
    else same.push(word);
  }
  return binds;
}

/** What a section says of refused ports: the lines that are all theirs; of shared lines their certificates and binds. */
function partsOf(
  section: ConfigSection,
  unavailable: readonly string[],
  isRefused: (source: SourceComment) => boolean,
): string[] {
  const key = sectionKey(section);
  return [section.head, ...section.lines].flatMap((line) => {
    if (line.sources.length > 0 && line.sources.every(isRefused))
      return `${key}: ${wordsWithoutPlace(line).join(' ')}`;
    const certificates = line.sources.filter(isRefused).flatMap(({ certificate }) => certificate ?? []);
    const addresses =
      line.words[0] === 'bind' ? unavailable.filter((word) => addressesOf(line).includes(word)) : [];
    return [...certificates, ...addresses].map((each) => `${key}: bind ${each}`);
  });
}

function addressesOf({ words }: ConfigLine): readonly string[] {
  return (words[1] ?? '').split(',');
}
