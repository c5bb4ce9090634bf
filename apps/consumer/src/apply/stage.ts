import type { FailStage, Outcome } from '@kubefigurator/config-model';
import { fileTrouble, messageOfError } from '@kubefigurator/daemon';
import type { Release } from '@kubefigurator/haproxy-config';
import type { Host } from '../host/host.ts';
import { discardCandidate, installCandidate, stageCandidate } from '../host/release-files.ts';

type Failed = Extract<Outcome, { kind: 'failed' }>;

/** Writes a release beside the live file; undefined if that worked, and no candidate is left if it didn't. */
export async function stageRelease(release: Release, { live }: Host): Promise<Failed | undefined> {
  try {
    await stageCandidate(live, release);
    return undefined;
  } catch (error) {
    await discardCandidate(live).catch(() => undefined);
    return failedOutcome('stage', messageOfError(error));
  }
}

/** Makes the staged release the live one; undefined if that worked. */
export async function installRelease(
  { text }: Pick<Release, 'text'>,
  { live, state }: Host,
): Promise<Failed | undefined> {
  try {
    await state.noteInstalled(await installCandidate(live), text);
    return undefined;
  } catch (error) {
    await discardCandidate(live).catch(() => undefined);
    return failedOutcome('install', `${live.path} can't be replaced: ${fileTrouble(error, 'write')}`);
  }
}

/**
 * The outcome of a step that failed on this host, with the file on disk as it was: a caller for which that is wrong
 * sets `restored`.
 */
export function failedOutcome(stage: FailStage, message: string): Failed {
  return { kind: 'failed', stage, blame: [{ sources: [], message }], restored: true };
}
