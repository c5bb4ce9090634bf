import type { ParsedText } from '@kubefigurator/haproxy-config';
import { isSameChain, namedCertificates } from '@kubefigurator/haproxy-config';
import type { RenewalResult } from './decision.ts';
import { isForgotten } from './copies.ts';
import { isSameProcess } from './drift.ts';
import type { CertificateMemory, CertificateRecord, Memory } from './memory.ts';
import type { Moment } from './moment.ts';
import type { CertificateState, Observation, ProcessId } from './observation.ts';

/** A file that was just changed may be changed again: whoever writes it writes several blocks, or several files. */
const QUIET_MS = 900;
/** A file that is wrong or missing for this long is no longer being written. */
const BROKEN_MS = 5_000;
/** HAProxy refused it: what it may be due to, such as another broken file, can change without a change of this one. */
const REFUSED = { minMs: 30_000, maxMs: 300_000 } as const;

export const NO_CERTIFICATES: CertificateMemory = {
  records: new Map(),
  troubles: [],
  isSettling: false,
  renewed: [],
};

/** What has to be done about one certificate. */
export type CertificateVerdict =
  | { readonly kind: 'served' }
  /** It changed a moment ago. */
  | { readonly kind: 'settling' }
  | { readonly kind: 'renew' }
  | { readonly kind: 'reload'; readonly reason: string }
  /** HAProxy can't take it, and serves the one before. */
  | { readonly kind: 'wrong'; readonly reason: string };

type Facts = {
  readonly observation: Observation;
  readonly memory: Pick<Memory, 'certificates'>;
  readonly at: Pick<Moment, 'now' | 'triggers'>;
};

/** The certificates that HAProxy can be given at run time now. */
export function dueRenewals(facts: Facts): readonly CertificateState[] {
  return ofKind('renew', facts).map(({ certificate }) => certificate);
}

/** Why HAProxy has to read its files again though the text that it runs is right; empty if it has not. */
export function renewalReloads(facts: Facts): readonly string[] {
  return ofKind('reload', facts).map(
    ({ certificate, verdict }) => `certificate ${certificate.file} changed: ${verdict.reason}`,
  );
}

function ofKind<Kind extends CertificateVerdict['kind']>(
  kind: Kind,
  facts: Facts,
): readonly {
  readonly certificate: CertificateState;
  readonly verdict: Extract<CertificateVerdict, { kind: Kind }>;
}[] {
  return (facts.observation.certificates ?? []).flatMap((certificate) => {
    const verdict = judgeCertificate(certificate, facts);
    return verdict.kind === kind
      ? [{ certificate, verdict: verdict as Extract<CertificateVerdict, { kind: Kind }> }]
      : [];
  });
}

/** Compares the file of a certificate with what HAProxy serves. Pure. */
export function judgeCertificate(
  certificate: CertificateState,
  { observation, memory, at }: Facts,
): CertificateVerdict {
  const { file, disk, unchangedMs } = certificate;
  if (disk.kind === 'broken') return judgeBroken(certificate, disk.reason, { observation, memory, at });
  const record = memory.certificates.records.get(file);
  if (isServed(disk, certificate, { record, worker: workerOf(observation) }))
    return disk.isExpired ? { kind: 'wrong', reason: expired(disk) } : { kind: 'served' };
  const isQuiet = unchangedMs >= QUIET_MS || at.triggers.has('signal');
  return isQuiet ? judgeUnserved(disk, record, at) : { kind: 'settling' };
}

function expired({ notAfter }: Good): string {
  return `it expired at ${notAfter}`;
}

function judgeBroken(
  { file, unchangedMs, served, isFromCopy }: CertificateState,
  reason: string,
  { observation, at }: Facts,
): CertificateVerdict {
  // The text names a copy because the file was found broken before, perhaps by an earlier run of the agent.
  const isSettled = unchangedMs >= BROKEN_MS || isFromCopy;
  if (!isSettled && !at.triggers.has('signal')) return { kind: 'settling' };
  return served !== undefined && isForgotten(file, observation)
    ? { kind: 'reload', reason: FORGOTTEN }
    : { kind: 'wrong', reason };
}

const FORGOTTEN = 'it was forgotten';

/**
 * True while a file is broken that may still be written: what is done about it would have to be undone soon. A person
 * who asks for a pass has finished writing.
 */
export function isBeingWritten({
  observation: { certificates = [] },
  at,
}: Pick<Facts, 'observation' | 'at'>): boolean {
  if (at.triggers.has('signal')) return false;
  return certificates.some(({ disk, unchangedMs }) => disk.kind === 'broken' && unchangedMs < BROKEN_MS);
}

/** True if HAProxy is to read its files again so that it serves a certificate no more. */
export function isDropping(facts: Facts): boolean {
  return ofKind('reload', facts).some(({ certificate: { disk } }) => disk.kind === 'broken');
}

function judgeUnserved(
  disk: Good,
  record: CertificateRecord | undefined,
  { now, triggers }: Facts['at'],
): CertificateVerdict {
  if (disk.isExpired) return { kind: 'wrong', reason: expired(disk) };
  if (record?.contentHash === disk.contentHash && record.state !== 'served')
    return judgeAgain(record, triggers.has('signal') || now >= record.dueAt);
  return disk.reloadFor === undefined ? { kind: 'renew' } : { kind: 'reload', reason: disk.reloadFor };
}

/** What is known of this very content already. */
function judgeAgain({ state, reason }: CertificateRecord, isDue: boolean): CertificateVerdict {
  if (state === 'superseded') return { kind: 'settling' };
  if (state === 'reload' || (state === 'refused' && isDue)) return { kind: 'reload', reason };
  return { kind: 'wrong', reason };
}

/** Never served by any worker, as far as is known. */
const UNSERVED: ReadonlySet<CertificateRecord['state']> = new Set(['reload', 'refused', 'superseded']);

type Good = Extract<CertificateState['disk'], { kind: 'good' }>;

function isServed(
  disk: Good,
  { served }: CertificateState,
  {
    record,
    worker,
  }: { readonly record: CertificateRecord | undefined; readonly worker: ProcessId | undefined },
): boolean {
  // HAProxy shows neither the key nor the whole chain: what is known to be served counts for more.
  if (record?.state === 'served' && isSameProcess(record.worker, worker))
    return record.contentHash === disk.contentHash;
  // What can't be asked is taken for what the file has: this worker has read it, as far as is known.
  if (served === undefined) return record?.contentHash !== disk.contentHash || !UNSERVED.has(record.state);
  return served.fingerprint === disk.fingerprint && isSameChain(disk.chain, served.chain);
}

function workerOf({ haproxy }: Observation): ProcessId | undefined {
  return haproxy.kind === 'up' ? haproxy.worker : undefined;
}

/** The certificates that were to be renewed at run time. */
export function learnRenewals(
  memory: CertificateMemory,
  results: readonly RenewalResult[],
  { observation }: Pick<Facts, 'observation'>,
): CertificateMemory {
  const records = new Map(memory.records);
  const renewed = [...memory.renewed];
  const files = new Map(observation.certificates?.map(({ name, file }) => [name, file]));
  for (const result of results) {
    const { name, contentHash } = result;
    const isDone = result.kind === 'renewed';
    const file = files.get(name) ?? name;
    records.set(file, {
      ...NEW,
      contentHash,
      ...(isDone && { state: 'served', worker: workerOf(observation), served: result.served }),
      ...(result.kind === 'superseded' && { state: 'superseded' }),
      ...(result.kind === 'failed' && { reason: result.reason }),
    });
    if (isDone) renewed.push(file);
  }
  return { ...memory, records, renewed };
}

const NEW: Omit<CertificateRecord, 'contentHash'> = {
  state: 'reload',
  worker: undefined,
  served: undefined,
  reason: '',
  tries: 0,
  dueAt: 0,
};

/** HAProxy's check refused the text that it runs, so a file is wrong: what waits for a reload isn't served. */
export function learnRefusedRenewals(reason: string, facts: Facts): CertificateMemory {
  const records = new Map(facts.memory.certificates.records);
  for (const { certificate } of ofKind('reload', facts)) {
    const { file, disk } = certificate;
    if (disk.kind !== 'good') continue;
    const before = records.get(file);
    const tries =
      before?.contentHash === disk.contentHash && before.state === 'refused' ? before.tries + 1 : 1;
    const waitMs = Math.min(REFUSED.maxMs, REFUSED.minMs * 2 ** Math.min(tries - 1, 10));
    records.set(file, {
      ...NEW,
      contentHash: disk.contentHash,
      state: 'refused',
      reason,
      tries,
      dueAt: facts.at.now + waitMs,
    });
  }
  return { ...facts.memory.certificates, records };
}

/** What is known of all certificates at the end of a pass; `read` is the text that HAProxy has read in it, if any. */
export function certificatesAfter(facts: Facts, read: ParsedText | undefined): CertificateMemory {
  const wasReloaded = read !== undefined;
  const isNew = wasReloaded && namedCertificates(read).length > 0;
  const { observation, memory } = facts;
  const { certificates } = observation;
  // What a new worker serves is looked at soon, so that each later change of a file is noticed.
  if (certificates === undefined) return { ...memory.certificates, isSettling: isNew };
  const judged = certificates.map((certificate) => ({
    certificate,
    verdict: judgeCertificate(certificate, facts),
  }));
  const records = new Map<string, CertificateRecord>();
  for (const { certificate, verdict } of judged) {
    const record = recordAfter(certificate, verdict, facts, wasReloaded);
    if (record !== undefined) records.set(certificate.file, record);
  }
  return {
    ...memory.certificates,
    records,
    troubles: judged.flatMap(({ certificate: { file, sources }, verdict }) => {
      if (verdict.kind === 'wrong') return [{ file, sources, reason: verdict.reason }];
      // A file that is still being written is as wrong as it was.
      return verdict.kind === 'settling'
        ? (memory.certificates.troubles.find((each) => each.file === file) ?? [])
        : [];
    }),
    isSettling: isNew || judged.some(({ verdict }) => verdict.kind === 'settling'),
  };
}

function recordAfter(
  { file, disk }: CertificateState,
  { kind }: CertificateVerdict,
  { observation, memory }: Facts,
  wasReloaded: boolean,
): CertificateRecord | undefined {
  const before = memory.certificates.records.get(file);
  if (disk.kind !== 'good') return before;
  const { contentHash } = disk;
  if (wasReloaded) return { ...NEW, contentHash, state: 'reloaded', reason: NOT_SHOWN };
  if (kind !== 'served') return before?.state === 'superseded' ? undefined : before;
  const worker = workerOf(observation);
  const isKnown = before?.state === 'served' && isSameProcess(before.worker, worker);
  return isKnown ? before : { ...NEW, contentHash, state: 'served', worker };
}

const NOT_SHOWN = 'HAProxy was made to read it and shows another certificate under its name';
