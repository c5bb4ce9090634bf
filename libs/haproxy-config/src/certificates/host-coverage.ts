import type { SourceRef } from '@kubefigurator/config-model';
import { sourceKey } from '@kubefigurator/config-model';
import type { CertifiedBind } from './bind-hosts.ts';

/** The names of a certificate, in lower case; a wildcard is `*.example.com`. */
export type CertificateNames = ReadonlySet<string>;

/** What is known of the names of one certificate of a bind. */
export interface NamesOfFile {
  /** The file that the text means. */
  readonly file: string;
  /** The Services that it is for. */
  readonly sources: readonly SourceRef[];
  /** Of what the file has now; undefined if that can't be served. */
  readonly now: CertificateNames | undefined;
  /** Of the certificate before, if HAProxy can go on serving it; undefined if there is none, or if it is the same one. */
  readonly before: CertificateNames | undefined;
}

/** What the names of all certificates mean for the hosts of the text. */
export interface HostCoverage {
  /** By file, the hosts that nobody would name any more if HAProxy served what the file has now. */
  readonly lost: ReadonlyMap<string, readonly string[]>;
  /** By file, the hosts of its Services that no certificate of their bind names. */
  readonly unnamed: ReadonlyMap<string, readonly string[]>;
}

/**
 * True if a client that asks for this host accepts a certificate with these names: by the very name, or by a wildcard
 * for its first label (RFC 9525, section 6.3). A wildcard as host needs the same wildcard.
 */
export function coversHost(names: CertificateNames, host: string): boolean {
  if (names.has(host)) return true;
  const dot = host.indexOf('.');
  return dot > 0 && !host.startsWith('*') && names.has(`*${host.slice(dot)}`);
}

/**
 * Compares the names of certificates with the hosts of the binds that have them. A host is lost only if the certificate
 * before names it and no other certificate of the bind does; `fileOf` leads a path of the text to its file.
 */
export function judgeHostCoverage(
  binds: readonly CertifiedBind[],
  files: readonly NamesOfFile[],
  fileOf: (path: string) => string,
): HostCoverage {
  const byFile = new Map(files.map((each) => [each.file, each]));
  const placed = binds.map(({ paths, hosts }) => {
    const named = [...new Set(paths.map(fileOf))];
    return {
      hosts,
      files: named.flatMap((file) => byFile.get(file) ?? []),
      hasUnknown: !named.every((file) => byFile.has(file)),
    };
  });
  const lost = findLost(placed);
  const unnamed = new Map<string, Set<string>>();
  for (const bind of placed) addUnnamed(unnamed, bind, lost);
  return { lost: sorted(lost), unnamed: sorted(unnamed) };
}

interface PlacedBind {
  readonly hosts: CertifiedBind['hosts'];
  readonly files: readonly NamesOfFile[];
  /** True if it has a certificate of which nothing is known, such as a bundle. */
  readonly hasUnknown: boolean;
}

type HostsByFile = Map<string, Set<string>>;

/** One certificate that goes on being served no longer gives its new names to others, so this is repeated. */
function findLost(binds: readonly PlacedBind[]): HostsByFile {
  const lost: HostsByFile = new Map();
  for (;;) {
    const count = lost.size;
    for (const bind of binds) addLost(lost, bind);
    if (lost.size === count) return lost;
  }
}

function addLost(lost: HostsByFile, { hosts, files }: PlacedBind): void {
  for (const each of files) {
    const { file, now, before } = each;
    if (now === undefined || before === undefined) continue;
    const others = files.filter((other) => other !== each).map((other) => namesServed(other, lost));
    for (const host of hosts.keys()) {
      if (!coversHost(before, host) || coversHost(now, host)) continue;
      if (!others.some((names) => names !== undefined && coversHost(names, host))) add(lost, file, host);
    }
  }
}

/** The names that HAProxy will serve for a file. */
function namesServed({ file, now, before }: NamesOfFile, lost: HostsByFile): CertificateNames | undefined {
  return now === undefined || lost.has(file) ? before : now;
}

function addUnnamed(unnamed: HostsByFile, { hosts, files, hasUnknown }: PlacedBind, lost: HostsByFile): void {
  const served = files.map((each) => namesServed(each, lost));
  // Of a certificate whose names aren't known, HAProxy may serve one that has the name.
  if (hasUnknown || served.includes(undefined)) return;
  const all = new Set(served.flatMap((names) => [...(names ?? [])]));
  for (const [host, owners] of hosts) {
    if (coversHost(all, host)) continue;
    const keys = new Set(owners.map(sourceKey));
    const own = files.find(({ sources }) => sources.some((source) => keys.has(sourceKey(source))));
    const file = (own ?? files[0])?.file;
    if (file !== undefined) add(unnamed, file, host);
  }
}

function add(hosts: HostsByFile, file: string, host: string): void {
  const same = hosts.get(file);
  if (same === undefined) hosts.set(file, new Set([host]));
  else same.add(host);
}

function sorted(hosts: HostsByFile): ReadonlyMap<string, readonly string[]> {
  return new Map([...hosts].map(([file, names]) => [file, [...names].sort()]));
}
