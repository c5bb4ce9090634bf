import type { ParsedText } from '@kubefigurator/haproxy-config';
import { namedCertificates } from '@kubefigurator/haproxy-config';
import type { RenewalResult } from './decision.ts';
import { isSameProcess, workerOfHaproxy } from './drift.ts';
import type { CertificateMemory, CertificateRecord } from './memory.ts';
import type { CertificateState, ProcessId } from './observation.ts';
import type { CertificateFacts, CertificateVerdict } from './renewal.ts';
import { certificatesOfKind, judgeCertificate } from './renewal.ts';

/**
 * The shortest and the longest wait before a refused content of a file is tried again: the cause, such as another
 * broken file, can go away while this file stays as it is.
 */
const RETRY_REFUSED = { minMs: 30_000, maxMs: 300_000 } as const;

export const NO_CERTIFICATES: CertificateMemory = {
  records: new Map(),
  troubles: [],
  isSettling: false,
  renewed: [],
};

/** The memory after these renewals at run time. */
export function learnRenewals(
  memory: CertificateMemory,
  results: readonly RenewalResult[],
  { observation }: Pick<CertificateFacts, 'observation'>,
): CertificateMemory {
  const records = new Map(memory.records);
  const renewed = [...memory.renewed];
  const files = new Map(observation.certificates?.map(({ name, file }) => [name, file]));
  for (const result of results) {
    const { name, contentHash } = result;
    const file = files.get(name) ?? name;
    records.set(file, { ...NEW, contentHash, ...recordOf(result, workerOfHaproxy(observation.haproxy)) });
    if (result.kind === 'renewed') renewed.push(file);
  }
  return { ...memory, records, renewed };
}

function recordOf(
  result: RenewalResult,
  worker: ProcessId | undefined,
): Pick<CertificateRecord, 'state'> & Partial<CertificateRecord> {
  switch (result.kind) {
    case 'renewed':
      return { state: 'served', worker, served: result.served };
    case 'superseded':
      return { state: 'superseded' };
    case 'failed':
      return { state: 'needs-reload', reason: result.reason };
  }
}

const NEW: Omit<CertificateRecord, 'contentHash' | 'state'> = {
  worker: undefined,
  served: undefined,
  reason: '',
  tries: 0,
  dueAt: 0,
};

/**
 * HAProxy's check refused the very text that it runs, so the file of a certificate is wrong: each certificate that
 * waits for a reload is recorded as refused, and is tried again later.
 */
export function learnRefusedRenewals(reason: string, facts: CertificateFacts): CertificateMemory {
  const records = new Map(facts.memory.certificates.records);
  for (const { certificate } of certificatesOfKind('reload', facts)) {
    const { file, disk } = certificate;
    if (disk.kind !== 'good') continue;
    const before = records.get(file);
    const tries =
      before?.contentHash === disk.contentHash && before.state === 'refused' ? before.tries + 1 : 1;
    const waitMs = Math.min(RETRY_REFUSED.maxMs, RETRY_REFUSED.minMs * 2 ** Math.min(tries - 1, 10));
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

/** What is known of all certificates at the end of a pass; `read` is the text that a reload made HAProxy read, if any. */
export function certificatesAfter(facts: CertificateFacts, read: ParsedText | undefined): CertificateMemory {
  const wasReloaded = read !== undefined;
  const isUnseen = wasReloaded && namedCertificates(read).length > 0;
  const { observation, memory } = facts;
  const { certificates, grownFolders } = observation;
  // What a new worker serves has to be observed soon: only compared with that, a later change of a file is noticed.
  if (certificates === undefined) return { ...memory.certificates, isSettling: isUnseen };
  const grown = grownFolders.map(({ folder, sources, reason }) => ({
    file: folder,
    sources,
    reason,
    isFolder: true as const,
  }));
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
    troubles: [
      ...grown,
      ...judged.flatMap(({ certificate: { file, sources }, verdict }) => {
        if (verdict.kind === 'wrong') return [{ file, sources, reason: verdict.reason }];
        // While a file is being written, its earlier trouble goes on.
        return verdict.kind === 'settling'
          ? (memory.certificates.troubles.find((each) => each.file === file) ?? [])
          : [];
      }),
    ],
    isSettling: isUnseen || judged.some(({ verdict }) => verdict.kind === 'settling'),
  };
}

function recordAfter(
  { file, disk }: CertificateState,
  { kind }: CertificateVerdict,
  { observation, memory }: CertificateFacts,
  wasReloaded: boolean,
): CertificateRecord | undefined {
  const before = memory.certificates.records.get(file);
  if (disk.kind !== 'good') return before;
  const { contentHash } = disk;
  // The reason is used only if the next look finds that HAProxy shows another certificate all the same.
  if (wasReloaded) return { ...NEW, contentHash, state: 'read', reason: NOT_SHOWN };
  // `superseded` only ends the tries of this pass; the next one looks at the new content.
  if (kind !== 'served') return before?.state === 'superseded' ? undefined : before;
  const worker = workerOfHaproxy(observation.haproxy);
  const isKnown = before?.state === 'served' && isSameProcess(before.worker, worker);
  return isKnown ? before : { ...NEW, contentHash, state: 'served', worker };
}

const NOT_SHOWN = 'HAProxy was made to read it and shows another certificate under its name';
