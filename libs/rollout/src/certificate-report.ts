import type { CertificateStatus } from '@kubefigurator/config-model';
import { forgottenFiles } from './copies.ts';
import { isSameProcess, workerOfHaproxy } from './drift.ts';
import type { CertificateMemory, CertificateRecord } from './memory.ts';
import type { CertificateState, Observation, ProcessId } from './observation.ts';

/** What HAProxy serves of each certificate, with what is wrong with its file; and the folders that have grown too far. */
export function reportCertificates(
  states: readonly CertificateState[],
  { records, troubles }: CertificateMemory,
  observation: Pick<Observation, 'haproxy' | 'copies'>,
): readonly CertificateStatus[] {
  const reasons = new Map(troubles.map(({ file, reason }) => [file, reason]));
  const forgotten = new Set(forgottenFiles(observation));
  const worker = workerOfHaproxy(observation.haproxy);
  const folders = troubles.flatMap(({ file, sources, reason, isFolder }) =>
    isFolder === undefined ? [] : [{ file, sources, trouble: reason, isFolder }],
  );
  const files = states.map((state) => ({
    ...reportOf(state, { record: records.get(state.file), worker }),
    ...troubleOf(state, reasons.get(state.file)),
    ...(forgotten.has(state.file) && { isForgotten: true as const }),
    ...(state.unnamedHosts !== undefined && { unnamedHosts: state.unnamedHosts }),
  }));
  return [...folders, ...files];
}

function reportOf(
  { file, sources, served, disk }: CertificateState,
  {
    record,
    worker,
  }: { readonly record: CertificateRecord | undefined; readonly worker: ProcessId | undefined },
): Pick<CertificateStatus, 'file' | 'sources' | 'notAfter'> {
  // A certificate that an earlier worker got at run time is gone with that worker.
  const isOfWorker = record?.state === 'served' && isSameProcess(record.worker, worker);
  const shown = (isOfWorker ? record.served : undefined) ?? served;
  // If HAProxy can't be asked, it is taken to serve what the file has.
  const notAfter = shown?.notAfter ?? (disk.kind === 'good' ? disk.notAfter : undefined);
  return { file, sources, ...(notAfter !== undefined && { notAfter }) };
}

function troubleOf(
  { blocksStart }: CertificateState,
  trouble: string | undefined,
): Pick<CertificateStatus, 'trouble' | 'blocksStart'> {
  if (trouble === undefined) return {};
  return { trouble, ...(blocksStart && { blocksStart: true as const }) };
}
