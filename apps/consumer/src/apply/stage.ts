import type { FailStage, Outcome } from '@kubefigurator/config-model';
import { fileTrouble, messageOfError } from '@kubefigurator/daemon';
import type { Release } from '@kubefigurator/haproxy-config';
import type { Host } from '../host/host.ts';
import { discardCandidate, installCandidate, stageCandidate } from '../host/release-files.ts';

type Failed = Extract<Outcome, { kind: 'failed' }>;

/** Writes a release beside the live file. Gives undefined, or the failure, after which no candidate is left. */
export async function stageRelease(release: Release, { live }: Host): Promise<Failed | undefined> {
  try {
    await stageCandidate(live, release);
    return undefined;
  } catch (error) {
    await discardCandidate(live).catch(() => undefined);
    return failedOutcome('stage', messageOfError(error));
  }
}

/** Makes the staged release the live one. Gives undefined, or the failure, after which no candidate is left. */
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
 * The outcome of a step that failed on this host. It says that the file on disk is as it was; a caller that may have
 * changed the file sets `restored`.
 */
export function failedOutcome(stage: FailStage, message: string): Failed {
  return { kind: 'failed', stage, blame: [{ sources: [], message }], restored: true };
}
