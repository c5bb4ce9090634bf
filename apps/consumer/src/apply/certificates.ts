import { existsSync } from 'node:fs';
import type { ParsedText, ShownCertificate } from '@kubefigurator/haproxy-config';
import { namedCertificates, whyNoRenewal } from '@kubefigurator/haproxy-config';
import type {
  CertificateCopy,
  CertificateOnDisk,
  CertificateState,
  HaproxyState,
  Observation,
  ProcessId,
  RenewalResult,
} from '@kubefigurator/rollout';
import { isSameProcess } from '@kubefigurator/rollout';
import type { CopyEntry } from '../host/certificate-copies.ts';
import type { CopyNames, FoundCertificate, LookedAt } from '../host/certificate-files.ts';
import { createCertificateFiles, readContent } from '../host/certificate-files.ts';
import type { CertificateContent, CertificateFacts } from '../host/certificate-pem.ts';
import { judgeContent, payloadOf } from '../host/certificate-pem.ts';
import type { Host } from '../host/host.ts';
import { workerByRuntimeSocket } from '../haproxy/observe.ts';
import { renewCertificate, showCertificates } from '../haproxy/served-certificates.ts';

/** The certificates of the running text: on disk, in HAProxy, and our copies of them. */
export interface Certificates {
  readonly observe: (running: ParsedText | undefined, haproxy: HaproxyState) => Promise<CertificatesSeen>;
  /**
   * True if a file that the last observation looked at has changed, or if HAProxy has to be asked again. It reads no
   * file and asks nothing itself.
   */
  readonly haveChanged: () => Promise<boolean>;
  /** What the last observation that knew anything has seen. */
  readonly latest: () => readonly CertificateState[];
  /** Gives HAProxy the certificates as they are on disk, one after the other. */
  readonly renew: (certificates: readonly CertificateState[]) => Promise<readonly RenewalResult[]>;
  /** Makes copies of these; one whose file has changed meanwhile is left for the next time. */
  readonly keepCopies: (certificates: readonly CertificateState[]) => Promise<void>;
  /** Forgets copies of files that no text names. */
  readonly tidyCopies: (isNamed: (file: string) => boolean) => Promise<void>;
}

/** The certificates are undefined if it isn't known what runs, or if HAProxy didn't answer. */
export type CertificatesSeen = Pick<Observation, 'certificates' | 'copies'>;

/** What one worker was asked. */
interface Asked {
  readonly worker: ProcessId;
  /** By file; undefined for a certificate that HAProxy doesn't have. */
  readonly shown: Map<string, ShownCertificate | undefined>;
  /** The content that the file had when HAProxy was asked. */
  readonly prints: Map<string, string>;
}

export function createCertificates(
  host: Pick<Host, 'sockets' | 'runtimeUpdates' | 'certificateCopies'>,
): Certificates {
  const files = createCertificateFiles();
  const copies = host.certificateCopies;
  const socket = host.sockets.runtime;
  let looked: { readonly at: readonly LookedAt[]; readonly names: CopyNames } = { at: [], names: new Map() };
  let latest: readonly CertificateState[] = [];
  let asked: Asked | undefined;
  /** True if HAProxy didn't answer when it was asked. */
  let isOpen = false;

  async function observe(running: ParsedText | undefined, haproxy: HaproxyState): Promise<CertificatesSeen> {
    const worker = haproxy.kind === 'up' ? haproxy.worker : undefined;
    const there = await copies.names();
    // A copy that somebody removed is made again.
    const all = await copies.entries();
    const entries = all.filter(({ copy }) => copy === undefined || there.has(copy));
    const extras = all.map(({ file }) => ({ path: file, sources: [], isExtra: true }));
    const named = running === undefined ? [] : namedCertificates(running);
    looked = { at: [...named, ...extras], names: namesOf(all) };
    const found = await files.look(looked.at, looked.names);
    const isKnown = running !== undefined && worker !== undefined;
    const certificates = isKnown ? await statesOf(found, worker) : undefined;
    isOpen = isKnown && certificates === undefined;
    latest = certificates ?? latest;
    return { certificates, copies: { copies: copiesOf(entries, found), files: looked.names } };
  }

  async function statesOf(
    all: readonly FoundCertificate[],
    worker: ProcessId,
  ): Promise<readonly CertificateState[] | undefined> {
    const found = all.filter(({ isExtra }) => !isExtra);
    const shown = await ask(found, worker);
    return shown && found.map((each) => stateOf(each, shown, host.runtimeUpdates));
  }

  /** Asks about what is new: another worker, another name, or a file that has changed. Undefined if it has to be asked again. */
  async function ask(found: readonly FoundCertificate[], worker: ProcessId): Promise<Asked | undefined> {
    const before = isSameProcess(asked?.worker, worker) ? asked : undefined;
    const now = before ?? { worker, shown: new Map(), prints: new Map() };
    const fresh = found.filter(
      ({ file, facts }) => !now.shown.has(file) || now.prints.get(file) !== printOf(facts),
    );
    asked = now;
    if (fresh.length === 0) return now;
    const pid = await workerByRuntimeSocket(socket);
    // Without a socket nothing can be asked, now or later: the files alone say what has changed.
    if (pid === undefined && !existsSync(socket)) return { ...now, shown: new Map() };
    if (pid !== worker.pid) return undefined;
    try {
      const names = fresh.flatMap((each) => each.names);
      const shown = await showCertificates(socket, names);
      for (const { file, names: own, facts } of fresh) {
        now.shown.set(
          file,
          own.map((name) => shown.get(name)).find((each) => each !== undefined),
        );
        now.prints.set(file, printOf(facts));
      }
      return now;
    } catch {
      return undefined;
    }
  }

  async function renew(certificates: readonly CertificateState[]): Promise<readonly RenewalResult[]> {
    const results: RenewalResult[] = [];
    for (const certificate of certificates) {
      asked?.prints.delete(certificate.file);
      results.push(await renewOne(certificate, socket));
    }
    return results;
  }

  async function keepCopies(certificates: readonly CertificateState[]): Promise<void> {
    if (certificates.length === 0) return;
    const requests = certificates.flatMap(({ file, disk }) => {
      if (disk.kind !== 'good') return [];
      const read = async (): Promise<string | undefined> => {
        const content = await readAs(file, disk.print);
        return content && payloadOf(content);
      };
      return [{ file, print: disk.print, read }];
    });
    await copies.keep(requests);
  }

  return {
    observe,
    haveChanged: async () =>
      isOpen || (await copies.hasChanged()) || (await files.hasChanged(looked.at, looked.names)),
    latest: () => latest,
    renew,
    keepCopies,
    tidyCopies: copies.tidy,
  };

  function namesOf(entries: readonly CopyEntry[]): CopyNames {
    return new Map(
      entries.flatMap(({ file, copy, aliases }) =>
        [...aliases, ...(copy === undefined ? [] : [copy])].map((name) => [copies.pathOf(name), file]),
      ),
    );
  }

  function copiesOf(
    entries: readonly CopyEntry[],
    found: readonly FoundCertificate[],
  ): readonly CertificateCopy[] {
    const disks = new Map(found.map(({ file, facts }) => [file, diskOf(facts)]));
    return entries.map(({ file, print, copy }) => ({
      file,
      print,
      path: copy === undefined ? undefined : copies.pathOf(copy),
      disk: disks.get(file) ?? { kind: 'broken', reason: 'it is gone' },
    }));
  }
}

function printOf(facts: FoundCertificate['facts']): string {
  return facts.kind === 'good' ? facts.print : facts.kind;
}

function stateOf(
  { file, names, isInBundle, sources, facts, unchangedMs }: FoundCertificate,
  { shown }: Asked,
  runtimeUpdates: boolean,
): CertificateState {
  const served = shown.get(file);
  const name = served?.name ?? names[0] ?? file;
  const disk = diskOf(facts, whyReload(name, facts, runtimeUpdates));
  const isFromCopy = !isInBundle && names[0] !== file;
  const blocksStart = facts.kind === 'broken' && !isFromCopy;
  return { file, name, isInBundle, isFromCopy, blocksStart, sources, unchangedMs, served, disk };
}

/** A certificate that was issued a moment ago is taken although this host's clock is behind by that much. */
const CLOCK_SKEW_MS = 300_000;

function diskOf(facts: CertificateFacts, reloadFor?: string): CertificateOnDisk {
  if (facts.kind === 'broken') return facts;
  const { kind, print, fingerprint, chain, notBefore, notAfter } = facts;
  if (Date.parse(notBefore) > Date.now() + CLOCK_SKEW_MS)
    return { kind: 'broken', reason: `it is not valid before ${notBefore}` };
  const isExpired = Date.parse(notAfter) <= Date.now();
  return { kind, print, fingerprint, chain, notAfter, isExpired, reloadFor };
}

function whyReload(name: string, facts: CertificateFacts, runtimeUpdates: boolean): string | undefined {
  if (facts.kind === 'broken') return undefined;
  const { length, extras } = facts;
  if (!runtimeUpdates) return '--no-runtime-updates is set';
  if (extras.length > 0) return `HAProxy reads ${extras.map((each) => `.${each}`).join(', ')} beside it`;
  return whyNoRenewal(name, length);
}

async function renewOne({ file, name, disk }: CertificateState, socket: string): Promise<RenewalResult> {
  if (disk.kind !== 'good') throw new Error(`${file} is not a certificate that can be served`);
  const { print, fingerprint, chain } = disk;
  const content = await readAs(file, print);
  if (content === undefined) return { kind: 'changed', name, print };
  return {
    name,
    print,
    ...(await renewCertificate(socket, { name, fingerprint, chain }, payloadOf(content))),
  };
}

/** The content of a file, if it is still this one. */
async function readAs(file: string, print: string): Promise<CertificateContent | undefined> {
  const content = await readContent(file).catch(() => undefined);
  const facts = content && judgeContent(content);
  return facts?.kind === 'good' && facts.print === print ? content : undefined;
}
