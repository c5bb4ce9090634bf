import { basename } from 'node:path';
import type { ParsedText } from '@kubefigurator/haproxy-config';
import { namedCertificates, whyNotRenewedAtRunTime } from '@kubefigurator/haproxy-config';
import type {
  CertificateCopy,
  CertificateOnDisk,
  CertificateState,
  HaproxyState,
  Observation,
  RenewalResult,
} from '@kubefigurator/rollout';
import { workerOfHaproxy } from '@kubefigurator/rollout';
import type { CopyEntry, CopyRequest } from '../host/certificate-copies.ts';
import type { CopyNames, FoundCertificate, LookedAt } from '../host/certificate-files.ts';
import { createCertificateFiles, readCertificateContent } from '../host/certificate-files.ts';
import type { CertificateContent, CertificateFacts } from '../host/certificate-pem.ts';
import { judgeCertificateContent, certificatePayloadOf, isNotYetValid } from '../host/certificate-pem.ts';
import type { Host } from '../host/host.ts';
import { renewCertificate } from '../haproxy/served-certificates.ts';
import type { NameFaults } from './certificate-names.ts';
import { createCertificateNames, reasonOfLostHosts } from './certificate-names.ts';
import type { ShownByFile } from './shown-certificates.ts';
import { createShownCertificates } from './shown-certificates.ts';

/** The certificates of the running text: on disk, in HAProxy, and our copies of them. */
export interface Certificates {
  readonly observe: (
    running: ParsedText | undefined,
    haproxy: HaproxyState,
    look: LookKind,
  ) => Promise<CertificatesSeen>;
  /**
   * True if a file that the last observation looked at has changed, or the set of our copies, or if HAProxy has to be
   * asked again. This itself reads no certificate and asks HAProxy nothing.
   */
  readonly haveChanged: () => Promise<boolean>;
  /** The certificates of the last observation that knew them; empty before. */
  readonly latest: () => readonly CertificateState[];
  /**
   * Gives HAProxy these certificates, one after the other; one whose file has changed since the observation is
   * `superseded`.
   */
  readonly renew: (certificates: readonly CertificateState[]) => Promise<readonly RenewalResult[]>;
  /**
   * Makes copies, at most 50 per call; a file that is broken, or that has changed since the observation, isn't
   * copied.
   */
  readonly keepCopies: (certificates: readonly CertificateState[]) => Promise<void>;
  /**
   * Drops what is remembered of files for which `isNamed` is false, and removes the copies that are not needed any
   * more.
   */
  readonly tidyCopies: (isNamed: (file: string) => boolean) => Promise<void>;
}

/** The certificates are undefined if it isn't known what runs, or if HAProxy didn't answer on its socket. */
export type CertificatesSeen = Pick<Observation, 'certificates' | 'copies'>;

/** A routine look, every ten seconds, examines all copies; any other look only those that stand in for a file now. */
interface LookKind {
  readonly isRoutine: boolean;
}

interface Looked {
  readonly files: readonly LookedAt[];
  readonly copies: CopyNames;
}

export function createCertificates(
  host: Pick<Host, 'sockets' | 'runtimeUpdates' | 'certificateCopies'>,
): Certificates {
  const files = createCertificateFiles();
  const copies = host.certificateCopies;
  const socket = host.sockets.runtime;
  const inHaproxy = createShownCertificates(socket);
  const certificateNames = createCertificateNames(copies);
  /** What the last observation looked at. */
  let looked: Looked = { files: [], copies: new Map() };
  let latest: readonly CertificateState[] = [];
  /** True if HAProxy didn't answer the last observation, so that another one is needed. */
  let isUnanswered = false;
  /** The number of entries that `presentOf` gave to the last observation. */
  let copiesSeen = 0;

  async function observe(
    running: ParsedText | undefined,
    haproxy: HaproxyState,
    { isRoutine }: LookKind,
  ): Promise<CertificatesSeen> {
    const worker = workerOfHaproxy(haproxy);
    const entries = await copies.entries();
    const present = await presentOf(entries);
    copiesSeen = present.length;
    const named = running === undefined ? [] : namedCertificates(running);
    const copied = entries.map(({ file }) => ({ path: file, sources: [], isUnnamed: true }));
    looked = { files: [...named, ...copied], copies: filesByCopy(entries) };
    const found = await files.look(looked.files, looked.copies);
    const isKnown = running !== undefined && worker !== undefined;
    const inText = found.filter(({ isUnnamed }) => !isUnnamed);
    const shown = isKnown ? await inHaproxy.ask(inText, worker) : undefined;
    const faults = await certificateNames.judge(running, {
      found,
      shown,
      copies: present,
      files: looked.copies,
    });
    const options = { runtimeUpdates: host.runtimeUpdates, faults };
    const certificates = shown && inText.map((each) => stateOf(each, shown, options));
    isUnanswered = isKnown && certificates === undefined;
    latest = certificates ?? latest;
    const usable = await usableOf(copiesOf(present, found, faults), isRoutine);
    return { certificates, copies: { copies: usable, files: looked.copies } };
  }

  /**
   * All copies but those that somebody damaged: these are made again, and never stand in for a file. Between the
   * routine looks only those copies are examined that would stand in for a file now.
   */
  async function usableOf(
    all: readonly CertificateCopy[],
    isRoutine: boolean,
  ): Promise<readonly CertificateCopy[]> {
    const standsIn = ({ disk }: CertificateCopy): boolean => disk.kind === 'broken' || disk.isExpired;
    const examined = isRoutine ? all : all.filter(standsIn);
    const names = examined.flatMap(({ path }) => (path === undefined ? [] : [basename(path)]));
    const whole = await copies.findWhole(names);
    const damaged = new Set(names.filter((name) => !whole.has(name)));
    return all.filter(({ path }) => path === undefined || !damaged.has(basename(path)));
  }

  /** All entries, except those whose copy somebody removed: without an entry, the copy is made again. */
  async function presentOf(entries: readonly CopyEntry[]): Promise<readonly CopyEntry[]> {
    const onDisk = await copies.names();
    return entries.filter(({ copy }) => copy === undefined || onDisk.has(copy));
  }

  /** True if the entries have changed, or if somebody removed a copy. */
  async function haveCopiesChanged(): Promise<boolean> {
    return (await copies.hasChanged()) || (await presentOf(await copies.entries())).length !== copiesSeen;
  }

  async function renew(certificates: readonly CertificateState[]): Promise<readonly RenewalResult[]> {
    const results: RenewalResult[] = [];
    for (const certificate of certificates) {
      inHaproxy.forget(certificate.file);
      results.push(await renewOne(certificate, socket));
    }
    return results;
  }

  async function keepCopies(certificates: readonly CertificateState[]): Promise<void> {
    if (certificates.length > 0) await copies.keep(certificates.flatMap(copyRequest));
  }

  return {
    observe,
    haveChanged: async () =>
      isUnanswered || (await haveCopiesChanged()) || (await files.hasChanged(looked.files, looked.copies)),
    latest: () => latest,
    renew,
    keepCopies,
    tidyCopies: copies.tidy,
  };

  /** The paths under which HAProxy may know a copy, each with the file that it was made of. */
  function filesByCopy(entries: readonly CopyEntry[]): CopyNames {
    return new Map(
      entries.flatMap(({ file, copy, aliases }) =>
        [...aliases, ...(copy === undefined ? [] : [copy])].map((name) => [copies.pathOf(name), file]),
      ),
    );
  }

  function copiesOf(
    entries: readonly CopyEntry[],
    found: readonly FoundCertificate[],
    { lost }: NameFaults,
  ): readonly CertificateCopy[] {
    const disks = new Map(found.map(({ file, facts }) => [file, diskOf(facts, { lost: lost.get(file) })]));
    return entries.map(({ file, contentHash, copy }) => ({
      file,
      contentHash,
      path: copy === undefined ? undefined : copies.pathOf(copy),
      disk: disks.get(file) ?? { kind: 'broken', reason: 'it is gone' },
    }));
  }
}

/** The request to copy a file that is correct; none for a broken one. */
function copyRequest({ file, disk }: CertificateState): CopyRequest[] {
  if (disk.kind !== 'good') return [];
  const { contentHash } = disk;
  const read = async (): Promise<string | undefined> => {
    const content = await readIfUnchanged(file, contentHash);
    return content && certificatePayloadOf(content);
  };
  return [{ file, contentHash, read }];
}

function stateOf(
  { file, names, isInBundle, sources, facts, unchangedMs }: FoundCertificate,
  shown: ShownByFile,
  { runtimeUpdates, faults }: { readonly runtimeUpdates: boolean; readonly faults: NameFaults },
): CertificateState {
  const served = shown.get(file);
  const name = served?.name ?? names[0] ?? file;
  const reloadFor = whyReload(name, facts, runtimeUpdates);
  const disk = diskOf(facts, { reloadFor, lost: faults.lost.get(file) });
  const unnamedHosts = faults.unnamed.get(file);
  // The first name is the path that the text has: the file's own, or that of our copy.
  const isFromCopy = !isInBundle && names[0] !== file;
  const blocksStart = facts.kind === 'broken' && !isFromCopy;
  return {
    ...{ file, name, isInBundle, isFromCopy, blocksStart, sources, unchangedMs, served, disk },
    ...(unnamedHosts !== undefined && { unnamedHosts }),
  };
}

interface DiskOptions {
  readonly reloadFor?: string | undefined;
  /** As in `NameFaults`. */
  readonly lost: readonly string[] | undefined;
}

/** The certificate on disk; one that isn't valid yet counts as broken, and so does one without a name that is needed. */
function diskOf(facts: CertificateFacts, { reloadFor, lost }: DiskOptions): CertificateOnDisk {
  if (facts.kind === 'broken') return facts;
  const { kind, contentHash, fingerprint, chain, notBefore, notAfter } = facts;
  if (isNotYetValid(facts)) return { kind: 'broken', reason: `it is not valid before ${notBefore}` };
  const isExpired = Date.parse(notAfter) <= Date.now();
  if (lost !== undefined) return { kind: 'broken', reason: reasonOfLostHosts(lost) };
  return { kind, contentHash, fingerprint, chain, notAfter, isExpired, reloadFor };
}

/** Why HAProxy can read this certificate in a reload only; undefined if the runtime API is enough. */
function whyReload(name: string, facts: CertificateFacts, runtimeUpdates: boolean): string | undefined {
  if (facts.kind === 'broken') return undefined;
  const { length, extras } = facts;
  if (!runtimeUpdates) return '--no-runtime-updates is set';
  if (extras.length > 0) return `HAProxy reads ${extras.map((each) => `.${each}`).join(', ')} beside it`;
  return whyNotRenewedAtRunTime(name, length);
}

async function renewOne({ file, name, disk }: CertificateState, socket: string): Promise<RenewalResult> {
  if (disk.kind !== 'good') throw new Error(`${file} is not a certificate that can be served`);
  const { contentHash, fingerprint, chain } = disk;
  const content = await readIfUnchanged(file, contentHash);
  if (content === undefined) return { kind: 'superseded', name, contentHash };
  return {
    name,
    contentHash,
    ...(await renewCertificate(socket, { name, fingerprint, chain }, certificatePayloadOf(content))),
  };
}

/** The content of a certificate's files; undefined if it no longer has this hash. */
async function readIfUnchanged(file: string, contentHash: string): Promise<CertificateContent | undefined> {
  const content = await readCertificateContent(file).catch(() => undefined);
  const facts = content && judgeCertificateContent(content);
  return facts?.kind === 'good' && facts.contentHash === contentHash ? content : undefined;
}
