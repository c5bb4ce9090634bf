import type { SourceComment, SourceRef } from '@kubefigurator/config-model';
import { uniqueSources } from '@kubefigurator/config-model';
import { pathsInList, withoutTrailingSlashes } from '../parse/certificate-paths.ts';
import type { ConfigSection, ParsedText } from '../parse/config-text.ts';

/** A certificate file that a text or a list of its release names, or a folder of them in a portable text. */
export interface NamedCertificate {
  /** The path as the text has it, without trailing slashes. */
  readonly path: string;
  /** The Services above the lines that name it. */
  readonly sources: readonly SourceComment[];
}

/** The directives of lines that name certificates, each with the options before a certificate. */
const NAMING: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['bind', new Set(['crt', 'default-crt', 'crt-list'])],
  ['server', new Set(['crt'])],
  ['default-server', new Set(['crt'])],
  ['server-template', new Set(['crt'])],
]);

/** By text, since every look at the host asks for its certificates; neither a text nor the files of its release change. */
const known = new WeakMap<ParsedText['config'], readonly NamedCertificate[]>();

/** All certificates that the text names, each once, in the order of the text. */
export function namedCertificates({
  config,
  files,
}: Pick<ParsedText, 'config' | 'files'>): readonly NamedCertificate[] {
  const before = known.get(config);
  if (before !== undefined) return before;
  const byPath = new Map<string, SourceComment[]>();
  for (const section of config.sections) {
    // Most sections name none: their lines aren't read.
    if (!/\bcrt\b/.test(section.raw)) continue;
    for (const { path, sources } of inSection(section, files)) {
      const same = byPath.get(path);
      if (same === undefined) byPath.set(path, [...sources]);
      else same.push(...sources);
    }
  }
  const named = [...byPath].map(([path, sources]) => ({ path, sources }));
  known.set(config, named);
  return named;
}

function inSection({ head, lines }: ConfigSection, files: ParsedText['files']): NamedCertificate[] {
  return lines.flatMap(({ words, sources }) => {
    const options = NAMING.get(words[0] ?? '');
    if (options === undefined) return [];
    // Options follow an address or a name, except in a `default-server` line.
    const firstOption = words[0] === 'default-server' ? 1 : 2;
    const paths = words.flatMap((word, index) => {
      const option = index > firstOption ? (words[index - 1] ?? '') : '';
      if (!options.has(option)) return [];
      // Only the lists of the release are known here; HAProxy reads others itself.
      return option === 'crt-list' ? (pathsInList(word, files) ?? []) : [withoutTrailingSlashes(word)];
    });
    return paths.map((path) => ({ path, sources: sources.length > 0 ? sources : head.sources }));
  });
}

/** The Services that a certificate is for: those that asked for this file or its folder, else those that asked for none. */
export function servicesOfCertificate(file: string, sources: readonly SourceComment[]): readonly SourceRef[] {
  const folder = file.slice(0, file.lastIndexOf('/'));
  const asked = sources.filter(({ certificate }) => certificate === file || certificate === folder);
  return uniqueSources(
    asked.length > 0 ? asked : sources.filter(({ certificate }) => certificate === undefined),
  );
}
