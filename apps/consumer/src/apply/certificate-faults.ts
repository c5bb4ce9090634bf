import { basename, dirname } from 'node:path';
import type { Blame, SourceComment } from '@kubefigurator/config-model';
import { uniqueSources } from '@kubefigurator/config-model';
import type { NamedCertificate, ParsedText } from '@kubefigurator/haproxy-config';
import { namedCertificates } from '@kubefigurator/haproxy-config';
import { BESIDE_ENDS, createCertificateFiles } from '../host/certificate-files.ts';

/** What HAProxy reads beside a certificate: it may name that file instead. */
const ENDS = ['', ...BESIDE_ENDS.map((end) => `.${end}`)];

/**
 * The refusals of a release, with the own judgement of each certificate before HAProxy's words, and with the other broken
 * certificates if HAProxy refused one: it names only the first one of a `bind` line (2.6 of a list, too), and each would
 * cost a check of its own. Only those that can be left out: a Service asked for the file, or it is in a list of ours.
 */
export async function judgeFaults(
  target: Pick<ParsedText, 'config' | 'files'>,
  blame: readonly Blame[],
): Promise<readonly Blame[]> {
  const all = namedCertificates(target);
  const isNamed = ({ path }: NamedCertificate): boolean => blame.some((each) => names(each, path));
  if (!all.some(isNamed)) return blame;
  const others = new Set(all.filter((each) => !isNamed(each)).map(({ path }) => path));
  const found = await createCertificateFiles().look(all);
  const broken = found.flatMap(({ file, facts }) =>
    facts.kind === 'broken' ? [{ file, message: `certificate '${file}': ${facts.reason}` }] : [],
  );
  const judged = blame.map((each) => {
    const own = broken.filter(({ file }) => names(each, file)).map(({ message }) => message);
    return own.length === 0 ? each : { ...each, message: [...own, `HAProxy: ${each.message}`].join('; ') };
  });
  const otherFaults = broken.filter(({ file }) => others.has(file));
  return [...judged, ...blameOthers(otherFaults, all, target.files)];
}

function names({ message }: Blame, path: string): boolean {
  return ENDS.some((end) => message.includes(`'${path}${end}'`));
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
  const askers = askersByFile(named.flatMap(({ sources }) => sources));
  return faults.flatMap(({ file, message }): Blame[] => {
    const asked = askers.get(file);
    if (asked !== undefined) return [{ sources: uniqueSources([...asked]), message }];
    // A certificate of a list that nobody asked for can be left out of it.
    if (!listed.has(file)) return [];
    const sources = uniqueSources([...(askers.get(dirname(file)) ?? [])]);
    const place = { folder: dirname(file), name: basename(file) };
    return [{ sources, ...(sources.length > 0 && { shared: true as const }), file: place, message }];
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
