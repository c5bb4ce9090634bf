import { dirname } from 'node:path';
import { createAlarm, fileTrouble, OperatorError } from '@kubefigurator/daemon';
import type { Alarm, Logger } from '@kubefigurator/daemon';
import { certificatesAskedInFolder, namedCertificates } from '@kubefigurator/haproxy-config';
import type { CertificateState, Memory, Observation, Wanted } from '@kubefigurator/rollout';
import { copiesToKeep } from '@kubefigurator/rollout';
import type { Certificates } from './certificates.ts';

export interface CopyContext {
  readonly certificates: Certificates;
  readonly log: Logger;
  readonly copyFailure: CopyFailureState;
}

/** The state of a failure to write copies; it is changed in place. */
export interface CopyFailureState {
  readonly alarm: Alarm;
  /** The reason, and the files that HAProxy serves without a copy; undefined while all copies are written. */
  last: { readonly reason: string; readonly files: ReadonlySet<string> } | undefined;
}

export function createCopyFailureState(): CopyFailureState {
  return { alarm: createAlarm(), last: undefined };
}

/**
 * Makes copies of the certificates that HAProxy was seen to serve, and removes those of files that neither the text
 * of etcd nor the running one names. Does nothing on a frozen host. Never throws.
 */
export async function keepCopies(
  memory: Memory,
  observation: Observation,
  wanted: Wanted,
  { certificates, log, copyFailure }: CopyContext,
): Promise<void> {
  if (observation.freeze !== undefined) return;
  const due = copiesToKeep(observation, memory);
  try {
    await certificates.keepCopies(due);
    await tidy(observation, wanted, certificates);
    const withoutCopy = stillWithoutCopy(copyFailure, due, observation);
    if (copyFailure.last === undefined) return;
    copyFailure.last = { ...copyFailure.last, files: withoutCopy };
    if (withoutCopy.size > 0) return;
    copyFailure.last = undefined;
    const level = copyFailure.alarm.end();
    if (level !== undefined) log[level]('certificate-copy.recovered');
  } catch (thrown) {
    const reason = fileTrouble(thrown, 'write');
    const err = new OperatorError(`copies of certificates can't be kept: ${reason}`, { cause: thrown });
    const files = [...(copyFailure.last?.files ?? []), ...due.map(({ file }) => file)];
    copyFailure.last = { reason, files: new Set(files) };
    log[copyFailure.alarm.raise('warn', reason)]({ err }, 'certificate-copy.failed');
  }
}

/**
 * The files that are still without a copy: a file that broke before it could be copied has none until it is correct
 * again, or until the running text doesn't name it.
 */
function stillWithoutCopy(
  { last }: CopyFailureState,
  kept: readonly CertificateState[],
  { certificates }: Observation,
): ReadonlySet<string> {
  const before = last?.files ?? new Set();
  if (certificates === undefined) return before;
  const broken = new Set(certificates.flatMap(({ file, disk }) => (disk.kind === 'broken' ? [file] : [])));
  const copied = new Set(kept.map(({ file }) => file));
  return new Set([...before].filter((file) => broken.has(file) && !copied.has(file)));
}

/** Removes no copy while the text of etcd is unknown or refused: that text may name any file. */
async function tidy(
  { running, copies }: Observation,
  wanted: Wanted,
  certificates: Certificates,
): Promise<void> {
  if (wanted.kind !== 'text' || copies.copies.length === 0) return;
  const named = new Set<string>();
  // Folders of which every certificate is named: if no Service asked for one in the folder, the text means all of
  // them.
  const folders = new Set<string>();
  for (const { path, sources } of [
    ...namedCertificates(wanted),
    ...(running ? namedCertificates(running) : []),
  ]) {
    const asked = certificatesAskedInFolder(path, sources);
    // What a Service asks for in a folder may itself be a folder.
    for (const folder of asked.length === 0 ? [path] : asked) folders.add(folder);
    for (const file of [copies.files.get(path) ?? path, ...asked]) named.add(file);
  }
  await certificates.tidyCopies((file) => named.has(file) || folders.has(dirname(file)));
}
