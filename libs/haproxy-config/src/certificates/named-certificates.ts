import type { SourceComment, SourceRef } from '@kubefigurator/config-model';
import { uniqueSources } from '@kubefigurator/config-model';
import { folderMeant } from '../blame/certificate-folders.ts';
import type { ConfigSection, ConfigText } from '../parse/config-text.ts';

/** A certificate file, or a folder of them, that a text names. */
export interface NamedCertificate {
  /** The path as the text has it, without trailing slashes. */
  readonly path: string;
  /** The same, or the folder that a folder of ours stands for. */
  readonly meant: string;
  /** The Services above the lines that name it. */
  readonly sources: readonly SourceComment[];
}

/** The lines that name certificates, and the words before the certificate on them. */
const NAMING: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['bind', new Set(['crt', 'default-crt'])],
  ['server', new Set(['crt'])],
  ['default-server', new Set(['crt'])],
  ['server-template', new Set(['crt'])],
]);

/** A text doesn't change, and every look at the host asks for its certificates. */
const known = new WeakMap<ConfigText, readonly NamedCertificate[]>();

/** All certificates that the text names, each once, in the order of the text. */
export function namedCertificates(config: ConfigText): readonly NamedCertificate[] {
  const before = known.get(config);
  if (before !== undefined) return before;
  const byPath = new Map<string, { readonly meant: string; readonly sources: SourceComment[] }>();
  for (const section of config.sections) {
    // Most sections name none: their lines aren't read.
    if (!/\bcrt\b/.test(section.raw)) continue;
    for (const { path, sources } of inSection(section)) {
      const same = byPath.get(path);
      if (same === undefined) byPath.set(path, { meant: folderMeant(path), sources: [...sources] });
      else same.sources.push(...sources);
    }
  }
  const named = [...byPath].map(([path, rest]) => ({ path, ...rest }));
  known.set(config, named);
  return named;
}

function inSection({ head, lines }: ConfigSection): Pick<NamedCertificate, 'path' | 'sources'>[] {
  return lines.flatMap(({ words, sources }) => {
    const options = NAMING.get(words[0] ?? '');
    if (options === undefined) return [];
    const paths = words.filter((_, index) => index > 2 && options.has(words[index - 1] ?? ''));
    return paths.map((path) => ({
      path: path.replace(/(?<=.)\/+$/, ''),
      sources: sources.length > 0 ? sources : head.sources,
    }));
  });
}

/** The Services that a certificate is for: those that asked for this file, else those that asked for none. */
export function askersOf(file: string, sources: readonly SourceComment[]): readonly SourceRef[] {
  const asked = sources.filter(({ certificate }) => certificate === file);
  return uniqueSources(
    asked.length > 0 ? asked : sources.filter(({ certificate }) => certificate === undefined),
  );
}
