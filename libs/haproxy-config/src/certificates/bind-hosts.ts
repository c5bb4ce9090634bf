import type { SourceRef } from '@kubefigurator/config-model';
import { isHostWord, sourceKey } from '@kubefigurator/config-model';
import { pathsInList, withoutTrailingSlashes } from '../parse/certificate-paths.ts';
import type { ConfigLine, ConfigSection, ParsedText } from '../parse/config-text.ts';

/** A `bind` with certificates, and the host names for which clients come to it. */
export interface CertifiedBind {
  /** The paths as the text and its lists have them, each once. */
  readonly paths: readonly string[];
  /** By host name, the Services that have it; a wildcard is `*.example.com`. */
  readonly hosts: ReadonlyMap<string, readonly SourceRef[]>;
}

const OPTIONS: ReadonlySet<string> = new Set(['crt', 'default-crt', 'crt-list']);

/** By text, since every look at the host asks for them; neither a text nor the files of its release change. */
const known = new WeakMap<ParsedText['config'], readonly CertifiedBind[]>();

/**
 * The binds of a release that have certificates and host names. Host names are those of `use_backend` lines as our
 * producer writes them; another text may have conditions that say nothing here.
 */
export function certifiedBinds({
  config,
  files,
}: Pick<ParsedText, 'config' | 'files'>): readonly CertifiedBind[] {
  const before = known.get(config);
  if (before !== undefined) return before;
  const binds = config.sections.flatMap((section) => bindsOf(section, files));
  known.set(config, binds);
  return binds;
}

function bindsOf(section: ConfigSection, files: ParsedText['files']): CertifiedBind[] {
  // Most sections have no certificate: their lines aren't read.
  if (!/\bcrt\b/.test(section.raw)) return [];
  const hosts = hostsOf(section.lines);
  if (hosts.size === 0) return [];
  return section.lines.flatMap((line) => {
    const paths = pathsOnBind(line, files);
    return paths.length === 0 ? [] : [{ paths, hosts }];
  });
}

function pathsOnBind({ words }: ConfigLine, files: ParsedText['files']): readonly string[] {
  if (words[0] !== 'bind') return [];
  const paths = words.flatMap((word, index) => {
    const option = index > 2 ? (words[index - 1] ?? '') : '';
    if (!OPTIONS.has(option)) return [];
    return option === 'crt-list' ? (pathsInList(word, files) ?? []) : [withoutTrailingSlashes(word)];
  });
  return [...new Set(paths)];
}

function hostsOf(lines: readonly ConfigLine[]): ReadonlyMap<string, readonly SourceRef[]> {
  const hosts = new Map<string, SourceRef[]>();
  for (const { words, sources } of lines) {
    for (const host of hostsOfRoute(words)) {
      const same = hosts.get(host) ?? [];
      const others = sources.filter((each) => !same.some((one) => sourceKey(one) === sourceKey(each)));
      hosts.set(host, [...same, ...others]);
    }
  }
  return hosts;
}

/** The hosts of `use_backend x if { var(txn.host) -m str a b }`; `-m end .x` is the wildcard `*.x`. */
function hostsOfRoute(words: readonly string[]): readonly string[] {
  const [keyword, , condition, open, sample, flag, method] = words;
  if (keyword !== 'use_backend' || condition !== 'if' || open !== '{') return [];
  if (sample !== 'var(txn.host)' || flag !== '-m') return [];
  const end = words.indexOf('}', 7);
  const patterns = words.slice(7, end < 0 ? 7 : end).filter((word) => isHostWord(word) && word !== '*');
  if (method === 'str') return patterns.filter((word) => !word.startsWith('.'));
  return method === 'end' ? patterns.filter((word) => word.startsWith('.')).map((word) => `*${word}`) : [];
}
