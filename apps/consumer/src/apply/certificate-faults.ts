import { basename, dirname } from 'node:path';
import type { Blame, SourceComment } from '@kubefigurator/config-model';
import { uniqueSources } from '@kubefigurator/config-model';
import type { ParsedText } from '@kubefigurator/haproxy-config';
import { namedCertificates } from '@kubefigurator/haproxy-config';
import { createCertificateFiles } from '../host/certificate-files.ts';

/**
 * The other broken certificates of a release of which HAProxy refused one: HAProxy names only the first one of a
 * `bind` line (2.6 of a list, too), and each would cost a check of its own. Only those that can be left out: a Service
 * asked for the file, or it is in a list of ours.
 */
export async function findOtherFaults(
  target: Pick<ParsedText, 'config' | 'files'>,
  blame: readonly Blame[],
): Promise<readonly Blame[]> {
  const isNamed = (path: string): boolean => blame.some(({ message }) => message.includes(`'${path}'`));
  const all = namedCertificates(target);
  if (!all.some(({ path }) => isNamed(path))) return [];
  const others = all.filter(({ path }) => !isNamed(path));
  const listed = new Set(target.files?.flatMap(({ content }) => content.split('\n')));
  const askers = askersByFile(others.flatMap(({ sources }) => sources));
  const found = await createCertificateFiles().look(others);
  return found.flatMap(({ file, facts }) => {
    if (facts.kind !== 'broken') return [];
    const asked = askers.get(file);
    const message = `certificate '${file}': ${facts.reason}`;
    if (asked !== undefined) return [{ sources: uniqueSources([...asked]), message }];
    // A certificate of a list that nobody asked for can be left out of it.
    return listed.has(file)
      ? [{ sources: [], file: { folder: dirname(file), name: basename(file) }, message }]
      : [];
  });
}

/** The comments that ask for each file. In `sources` a comment comes once for each certificate of its bind. */
function askersByFile(sources: readonly SourceComment[]): ReadonlyMap<string, ReadonlySet<SourceComment>> {
  const askers = new Map<string, Set<SourceComment>>();
  for (const source of sources) {
    if (source.certificate === undefined) continue;
    const same = askers.get(source.certificate);
    if (same === undefined) askers.set(source.certificate, new Set([source]));
    else same.add(source);
  }
  return askers;
}
