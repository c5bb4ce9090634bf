import { basename, dirname } from 'node:path';
import type { Blame } from '@kubefigurator/config-model';
import { uniqueSources } from '@kubefigurator/config-model';
import type { ParsedText } from '@kubefigurator/haproxy-config';
import { namedCertificates } from '@kubefigurator/haproxy-config';
import { createCertificateFiles } from '../host/certificate-files.ts';

/**
 * The other broken certificates of a release of which HAProxy refused one: HAProxy names only the first one of a `bind`
 * line (2.6 of a list, too), and each would cost a check of its own.
 */
export async function findOtherFaults(
  target: Pick<ParsedText, 'config' | 'files'>,
  blame: readonly Blame[],
): Promise<readonly Blame[]> {
  const isNamed = (path: string): boolean => blame.some(({ message }) => message.includes(`'${path}'`));
  const all = namedCertificates(target);
  if (!all.some(({ path }) => isNamed(path))) return [];
  const named = all.filter(({ path }) => !isNamed(path));
  const listed = new Set(target.files?.flatMap(({ content }) => content.split('\n')));
  const found = await createCertificateFiles().look(named);
  return found.flatMap(({ file, facts }) => {
    if (facts.kind !== 'broken') return [];
    const asked = named.flatMap(({ sources }) => sources.filter(({ certificate }) => certificate === file));
    const message = `certificate '${file}': ${facts.reason}`;
    if (asked.length > 0) return [{ sources: uniqueSources(asked), message }];
    // A certificate of a list that nobody asked for can be left out of it.
    return listed.has(file)
      ? [{ sources: [], file: { folder: dirname(file), name: basename(file) }, message }]
      : [];
  });
}
