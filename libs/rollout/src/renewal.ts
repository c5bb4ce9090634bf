import { isSameChain } from '@kubefigurator/haproxy-config';
import { isCertificateForgotten } from './copies.ts';
import { isSameProcess, workerOfHaproxy } from './drift.ts';
import type { CertificateRecord, Memory } from './memory.ts';
import type { Moment } from './moment.ts';
import type { CertificateState, Observation, ProcessId } from './observation.ts';

/** A file that was just changed may be changed again: whoever writes it writes several blocks, or several files. */
const QUIET_MS = 900;
/** A file that is wrong or missing for this long is no longer being written. */
const BROKEN_MS = 5_000;

/** What has to be done about one certificate. */
export type CertificateVerdict =
  | { readonly kind: 'served' }
  /** It changed a moment ago. */
  | { readonly kind: 'settling' }
  | { readonly kind: 'renew' }
  | { readonly kind: 'reload'; readonly reason: string }
  /** HAProxy can't load it and serves the earlier one, if any; or it has expired, whether HAProxy serves it or not. */
  | { readonly kind: 'wrong'; readonly reason: string };

export interface CertificateFacts {
  readonly observation: Observation;
  readonly memory: Pick<Memory, 'certificates'>;
  readonly at: Pick<Moment, 'now' | 'triggers'>;
}

/** The certificates that HAProxy can be given at run time now. */
export function dueRenewals(facts: CertificateFacts): readonly CertificateState[] {
  return certificatesOfKind('renew', facts).map(({ certificate }) => certificate);
}

/** Why HAProxy has to read its files again, although the text that it runs is right; empty if it need not. */
export function renewalReloads(facts: CertificateFacts): readonly string[] {
  return certificatesOfKind('reload', facts).map(
    ({ certificate, verdict }) => `certificate ${certificate.file} changed: ${verdict.reason}`,
  );
}

/** The certificates of which the verdict is of this kind. */
export function certificatesOfKind<Kind extends CertificateVerdict['kind']>(
  kind: Kind,
  facts: CertificateFacts,
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
  { observation, memory, at }: CertificateFacts,
): CertificateVerdict {
  const { file, disk, unchangedMs } = certificate;
  if (disk.kind === 'broken') return judgeBroken(certificate, disk.reason, { observation, memory, at });
  const record = memory.certificates.records.get(file);
  if (isServed(disk, certificate, { record, worker: workerOfHaproxy(observation.haproxy) }))
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
  { observation, at }: CertificateFacts,
): CertificateVerdict {
  // The text names a copy because the file was found unfit before, perhaps by an earlier run of the agent.
  const isSettled = unchangedMs >= BROKEN_MS || isFromCopy;
  if (!isSettled && !at.triggers.has('signal')) return { kind: 'settling' };
  return served !== undefined && isCertificateForgotten(file, observation)
    ? { kind: 'reload', reason: FORGOTTEN }
    : { kind: 'wrong', reason };
}

const FORGOTTEN = 'it was forgotten';

/**
 * True while a file is broken that may still be written: what is done about it would have to be undone soon. A person
 * who asks for a pass has finished writing.
 */
export function isCertificateBeingWritten({
  observation: { certificates = [] },
  at,
}: Pick<CertificateFacts, 'observation' | 'at'>): boolean {
  if (at.triggers.has('signal')) return false;
  return certificates.some(({ disk, unchangedMs }) => disk.kind === 'broken' && unchangedMs < BROKEN_MS);
}

/** True if HAProxy is to read its files again so that it no longer serves a certificate that was forgotten. */
export function isDroppingCertificate(facts: CertificateFacts): boolean {
  // A broken file needs a reload for this reason only.
  return certificatesOfKind('reload', facts).some(({ certificate: { disk } }) => disk.kind === 'broken');
}

function judgeUnserved(
  disk: Good,
  record: CertificateRecord | undefined,
  { now, triggers }: CertificateFacts['at'],
): CertificateVerdict {
  if (disk.isExpired) return { kind: 'wrong', reason: expired(disk) };
  if (record?.contentHash === disk.contentHash && record.state !== 'served')
    return judgeAgain(record, triggers.has('signal') || now >= record.dueAt);
  return disk.reloadFor === undefined ? { kind: 'renew' } : { kind: 'reload', reason: disk.reloadFor };
}

/** The verdict on a content that was tried before, by the record of that try. */
function judgeAgain({ state, reason }: CertificateRecord, isDue: boolean): CertificateVerdict {
  // The file had other content by the time that it was read: the next look sees that.
  if (state === 'superseded') return { kind: 'settling' };
  if (state === 'needs-reload' || (state === 'refused' && isDue)) return { kind: 'reload', reason };
  return { kind: 'wrong', reason };
}

/** No worker has ever served a content in one of these states, as far as is known. */
const UNSERVED: ReadonlySet<CertificateRecord['state']> = new Set(['needs-reload', 'refused', 'superseded']);

type Good = Extract<CertificateState['disk'], { kind: 'good' }>;

function isServed(
  disk: Good,
  { served }: CertificateState,
  {
    record,
    worker,
  }: { readonly record: CertificateRecord | undefined; readonly worker: ProcessId | undefined },
): boolean {
  // HAProxy shows neither the key nor the whole chain, so a record of what this worker serves is better proof.
  if (record?.state === 'served' && isSameProcess(record.worker, worker))
    return record.contentHash === disk.contentHash;
  if (served === undefined) {
    // HAProxy can't be asked. It has read the file as it is, unless we know of this very content that it has not.
    const isKnownUnserved = record?.contentHash === disk.contentHash && UNSERVED.has(record.state);
    return !isKnownUnserved;
  }
  return served.fingerprint === disk.fingerprint && isSameChain(disk.chain, served.chain);
}
