import type { CopiesInUse } from '@kubefigurator/haproxy-config';
import { isSameProcess, workerOfHaproxy } from './drift.ts';
import type { Memory } from './memory.ts';
import type { CertificateState, Observation } from './observation.ts';

/**
 * The copies that replace files, by the path of the file: of files that HAProxy can't load, or whose content has expired
 * and isn't that of the copy. Forgotten copies aren't among them.
 */
export function copiesInUse({ copies: { copies } }: Pick<Observation, 'copies'>): CopiesInUse {
  const inUse = copies.filter(
    ({ disk, contentHash }) => disk.kind === 'broken' || (disk.isExpired && disk.contentHash !== contentHash),
  );
  return new Map(inUse.flatMap(({ file, path }) => (path === undefined ? [] : [[file, path] as const])));
}

/** The files for which an operator ran `forget-certificate`: their certificates are not to be served any more. */
export function forgottenFiles({ copies: { copies } }: Pick<Observation, 'copies'>): readonly string[] {
  return copies.flatMap(({ file, path }) => (path === undefined ? [file] : []));
}

/** True if an operator ran `forget-certificate` for this file. */
export function isCertificateForgotten(file: string, observation: Pick<Observation, 'copies'>): boolean {
  return forgottenFiles(observation).includes(file);
}

/**
 * The certificates that need a copy: HAProxy was seen to serve what their files have now, and there is no copy of that.
 * None on a frozen host.
 */
export function copiesToKeep(
  { certificates = [], copies: { copies }, freeze, haproxy }: Observation,
  { certificates: { records } }: Pick<Memory, 'certificates'>,
): readonly CertificateState[] {
  const worker = workerOfHaproxy(haproxy);
  if (freeze !== undefined) return [];
  const kept = new Map(copies.map((copy) => [copy.file, copy.contentHash]));
  return certificates.filter(({ file, isInBundle, disk, served }) => {
    if (isInBundle || disk.kind !== 'good' || disk.isExpired || kept.get(file) === disk.contentHash)
      return false;
    const record = records.get(file);
    const isProven = record?.state === 'served' && record.contentHash === disk.contentHash;
    return isProven && isSameProcess(record.worker, worker) && (record.served ?? served) !== undefined;
  });
}
