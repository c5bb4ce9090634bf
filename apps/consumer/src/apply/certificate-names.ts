import { readFile } from 'node:fs/promises';
import type { CertificateNames, HostCoverage, NamesOfFile, ParsedText } from '@kubefigurator/haproxy-config';
import { certifiedBinds, judgeHostCoverage } from '@kubefigurator/haproxy-config';
import type { CertificateCopyStore, CopyEntry } from '../host/certificate-copies.ts';
import type { CopyNames, FoundCertificate } from '../host/certificate-files.ts';
import type { CertificateFacts } from '../host/certificate-pem.ts';
import { isNotYetValid, readServedNames } from '../host/certificate-pem.ts';
import type { ShownByFile } from './shown-certificates.ts';

/** Hosts of the running text that certificates don't name; `lost` of files whose copy is to be served instead. */
export type NameFaults = HostCoverage;

/** What an observation knows of the certificates. */
export interface NamesInput {
  readonly found: readonly FoundCertificate[];
  /** Undefined if HAProxy doesn't say what it serves. */
  readonly shown: ShownByFile | undefined;
  /** The entries whose copy is there. */
  readonly copies: readonly CopyEntry[];
  /** From the path of each copy to its file. */
  readonly files: CopyNames;
}

/** Compares the names of certificates with the hosts of the running text; once for each change of either. */
export interface CertificateNameJudge {
  /** Never throws. */
  readonly judge: (running: ParsedText | undefined, input: NamesInput) => Promise<NameFaults>;
}

type ServedNames = NonNullable<ReturnType<typeof readServedNames>>;

const NOTHING: NameFaults = { lost: new Map(), unnamed: new Map() };
/** Named in one sentence. */
const MOST_HOSTS = 5;

export function createCertificateNames(
  store: Pick<CertificateCopyStore, 'findWhole' | 'pathOf'>,
): CertificateNameJudge {
  /** By the name of the copy, which says its content; only copies whose file has another content are read. */
  const read = new Map<string, ServedNames>();
  let last: {
    readonly config: unknown;
    readonly files: readonly NamesOfFile[];
    readonly faults: NameFaults;
  } = {
    ...{ config: undefined, files: [], faults: NOTHING },
  };

  async function judge(running: ParsedText | undefined, input: NamesInput): Promise<NameFaults> {
    if (running === undefined) return NOTHING;
    const binds = certifiedBinds(running);
    if (binds.length === 0) return NOTHING;
    const files = await namesOfFiles(input);
    if (last.config === running.config && isSame(last.files, files)) return last.faults;
    const faults = judgeHostCoverage(binds, files, (path) => input.files.get(path) ?? path);
    last = { config: running.config, files, faults };
    return faults;
  }

  async function namesOfFiles({ found, shown, copies }: NamesInput): Promise<readonly NamesOfFile[]> {
    const byFile = new Map(copies.map((entry) => [entry.file, entry]));
    const files: NamesOfFile[] = [];
    for (const { file, sources, facts } of found) {
      const now = namesNow(facts);
      // HAProxy would have to be reloaded to go back to the one before.
      const before = isServedNow(facts, shown?.get(file)?.fingerprint)
        ? undefined
        : await namesBefore(facts, byFile.get(file));
      // An expired one is no better than what the file has.
      const isUsable = now === undefined || Date.parse(before?.notAfter ?? '') > Date.now();
      files.push({ file, sources, now, before: isUsable ? before?.names : undefined });
    }
    return files;
  }

  /** Of the copy, if the file has another content. */
  async function namesBefore(
    facts: CertificateFacts,
    entry: CopyEntry | undefined,
  ): Promise<ServedNames | undefined> {
    const isSameContent = facts.kind === 'good' && facts.contentHash === entry?.contentHash;
    return isSameContent ? undefined : namesOfCopy(entry?.copy);
  }

  /** Undefined if it was forgotten or damaged. */
  async function namesOfCopy(name: string | undefined): Promise<ServedNames | undefined> {
    if (name === undefined || !(await store.findWhole([name])).has(name)) return undefined;
    const known = read.get(name);
    if (known !== undefined) return known;
    const pem = await readFile(store.pathOf(name), 'latin1').catch(() => '');
    const names = readServedNames(pem);
    if (names !== undefined) read.set(name, names);
    return names;
  }

  return { judge };
}

function isServedNow(facts: CertificateFacts, shown: string | undefined): boolean {
  return facts.kind === 'good' && shown === facts.fingerprint;
}

/** Undefined if HAProxy is not to serve what the file has now. */
function namesNow(facts: CertificateFacts): CertificateNames | undefined {
  if (facts.kind === 'broken') return undefined;
  const isValid = !isNotYetValid(facts) && Date.parse(facts.notAfter) > Date.now();
  return isValid ? facts.names : undefined;
}

function isSame(before: readonly NamesOfFile[], now: readonly NamesOfFile[]): boolean {
  return (
    before.length === now.length &&
    now.every((each, index) => {
      const old = before[index];
      return old?.file === each.file && old.now === each.now && old.before === each.before;
    })
  );
}

/** What is wrong with a certificate that doesn't name these hosts, and what to do. */
export function reasonOfLostHosts(hosts: readonly string[]): string {
  const names = listHosts(hosts);
  return `it doesn't name ${names}, as the certificate before does, and clients would refuse it: put a certificate with all names there, or have it served as it is with forget-certificate`;
}

function listHosts(hosts: readonly string[]): string {
  const more = hosts.length - MOST_HOSTS;
  return `${hosts.slice(0, MOST_HOSTS).join(', ')}${more > 0 ? ` and ${more} more hosts` : ''}`;
}
