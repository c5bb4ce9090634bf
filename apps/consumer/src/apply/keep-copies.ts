import { dirname } from 'node:path';
import { messageOf } from '@kubefigurator/daemon';
import type { Alarm, Logger } from '@kubefigurator/daemon';
import { askedInFolder, namedCertificates } from '@kubefigurator/haproxy-config';
import type { Memory, Observation, Wanted } from '@kubefigurator/rollout';
import { copiesToKeep } from '@kubefigurator/rollout';
import type { Certificates } from './certificates.ts';

export interface CopyContext {
  readonly certificates: Certificates;
  readonly log: Logger;
  /** Raised while copies can't be written. */
  readonly copyAlarm: Alarm;
}

/**
 * Keeps copies of the certificates that HAProxy was seen to serve, and forgets those that neither the text of etcd nor
 * the running one names.
 */
export async function keepCopies(
  memory: Memory,
  observation: Observation,
  wanted: Wanted,
  { certificates, log, copyAlarm }: CopyContext,
): Promise<void> {
  if (observation.freeze !== undefined) return;
  try {
    await certificates.keepCopies(copiesToKeep(observation, memory));
    await tidy(observation, wanted, certificates);
    const level = copyAlarm.end();
    if (level !== undefined) log[level]('certificate-copy.recovered');
  } catch (err) {
    log[copyAlarm.raise('warn', messageOf(err))]({ err }, 'certificate-copy.failed');
  }
}

/** A text that is unknown or refused may name any of them. */
async function tidy(
  { running, copies }: Observation,
  wanted: Wanted,
  certificates: Certificates,
): Promise<void> {
  if (wanted.kind !== 'text' || copies.copies.length === 0) return;
  const named = new Set<string>();
  // If no Service asked for a certificate in a folder, the text means all that are in it.
  const folders = new Set<string>();
  for (const { path, sources } of [
    ...namedCertificates(wanted),
    ...(running ? namedCertificates(running) : []),
  ]) {
    const asked = askedInFolder(path, sources);
    if (asked.length === 0) folders.add(path);
    for (const file of [copies.files.get(path) ?? path, ...asked]) named.add(file);
  }
  await certificates.tidyCopies((file) => named.has(file) || folders.has(dirname(file)));
}
