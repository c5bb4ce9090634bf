import { basename, dirname } from 'node:path';
import type { Blame } from '@kubefigurator/config-model';
import { uniqueSources } from '@kubefigurator/config-model';
import type { ParsedText } from '@kubefigurator/haproxy-config';
import { namedCertificates } from '@kubefigurator/haproxy-config';
import { createCertificateFiles } from '../host/certificate-files.ts';

/**
 * The other broken files in the lists of a release of which HAProxy refused one: version 2.6 names the first one only,
 * and each would cost a check of its own.
 */
export async function findListedFaults(
  target: Pick<ParsedText, 'config' | 'files'>,
  blame: readonly Blame[],
): Promise<readonly Blame[]> {
  const listed = new Set(target.files?.flatMap(({ content }) => content.split('\n')));
  const isNamed = (path: string): boolean => blame.some(({ message }) => message.includes(`'${path}`));
  if (![...listed].some((path) => path !== '' && isNamed(path))) return [];
  const named = namedCertificates(target).filter(({ path }) => listed.has(path) && !isNamed(path));
  const found = await createCertificateFiles().look(named);
  return found.flatMap(({ file, facts }) => {
    if (facts.kind !== 'broken') return [];
    const asked = named.flatMap(({ sources }) => sources.filter(({ certificate }) => certificate === file));
    const message = `certificate '${file}': ${facts.reason}`;
    return asked.length > 0
      ? [{ sources: uniqueSources(asked), message }]
      : [{ sources: [], file: { folder: dirname(file), name: basename(file) }, message }];
  });
}
