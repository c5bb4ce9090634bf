import { basename, dirname } from 'node:path';
import type { Blame, SourceComment } from '@kubefigurator/config-model';
import { uniqueSources } from '@kubefigurator/config-model';
import type { NamedCertificate, ParsedText } from '@kubefigurator/haproxy-config';
import { namedCertificates, quotesFile } from '@kubefigurator/haproxy-config';
import { createCertificateFiles } from '../host/certificate-files.ts';

/**
 * Makes the refusals of a release clearer and complete. What we find wrong in a certificate ourselves is put before
 * HAProxy's message. If HAProxy refused a certificate, the other broken ones that can be left out are added: HAProxy
 * names only the first broken one of a `bind` line (HAProxy 2.6 also of a list), and each of them would cost another
 * check.
 */
export async function judgeCertificateFaults(
  target: Pick<ParsedText, 'config' | 'files'>,
  blame: readonly Blame[],
): Promise<readonly Blame[]> {
  const all = namedCertificates(target);
  const isQuoted = (path: string): boolean => blame.some(({ message }) => quotesFile(message, path));
  if (!all.some(({ path }) => isQuoted(path))) return blame;
  const found = await createCertificateFiles().look(all);
  const broken = found.flatMap(({ file, facts }) =>
    facts.kind === 'broken' ? [{ file, message: `certificate '${file}': ${facts.reason}` }] : [],
  );
  const judged = blame.map((each) => {
    const faults = broken.filter(({ file }) => quotesFile(each.message, file)).map(({ message }) => message);
    return faults.length === 0
      ? each
      : { ...each, message: [...faults, `HAProxy: ${each.message}`].join('; ') };
  });
  const otherFaults = broken.filter(({ file }) => !isQuoted(file));
  return [...judged, ...blameOthers(otherFaults, all, target.files)];
}

interface Fault {
  readonly file: string;
  readonly message: string;
}

function blameOthers(
  faults: readonly Fault[],
  named: readonly NamedCertificate[],
  files: ParsedText['files'],
): readonly Blame[] {
  const listed = new Set(files?.flatMap(({ content }) => content.split('\n')));
  const askers = askersByPath(named.flatMap(({ sources }) => sources));
  return faults.flatMap(({ file, message }): Blame[] => {
    const asked = askers.get(file);
    if (asked !== undefined) return [{ sources: uniqueSources([...asked]), message }];
    // Nobody asked for the file by name. If a list has it, the list can do without it, and those who asked for its
    // folder are blamed.
    if (!listed.has(file)) return [];
    const sources = uniqueSources([...(askers.get(dirname(file)) ?? [])]);
    const place = { folder: dirname(file), name: basename(file) };
    return [{ sources, ...(sources.length > 0 && { shared: true as const }), file: place, message }];
  });
}

/**
 * For each path, a file or a folder, the comments that ask for it; each comment once, though `sources` repeats some.
 */
function askersByPath(sources: readonly SourceComment[]): ReadonlyMap<string, ReadonlySet<SourceComment>> {
  const askers = new Map<string, Set<SourceComment>>();
  for (const source of sources) {
    if (source.certificate === undefined) continue;
    const same = askers.get(source.certificate);
    if (same === undefined) askers.set(source.certificate, new Set([source]));
    else same.add(source);
  }
  return askers;
}
