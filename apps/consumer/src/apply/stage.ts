import type { FailStage, Outcome } from '@kubefigurator/config-model';
import { fileTrouble, messageOf } from '@kubefigurator/daemon';
import type { Release } from '@kubefigurator/haproxy-config';
import type { Host } from '../host/host.ts';
import { discard, install, stage } from '../host/release-files.ts';

type Failed = Extract<Outcome, { kind: 'failed' }>;

/** Writes a release beside the live file; undefined if that worked, and no candidate is left if it didn't. */
export async function stageRelease(release: Release, { live }: Host): Promise<Failed | undefined> {
  try {
    await stage(live, release);
    return undefined;
  } catch (error) {
    await discard(live).catch(() => undefined);
    return failed('stage', messageOf(error));
  }
}

/** Makes the staged release the live one; undefined if that worked. */
export async function installRelease(
  { text }: Pick<Release, 'text'>,
  { live, state }: Host,
): Promise<Failed | undefined> {
  try {
    await state.noteInstalled(await install(live), text);
    return undefined;
  } catch (error) {
    await discard(live).catch(() => undefined);
    return failed('install', `${live.path} can't be replaced: ${fileTrouble(error, 'write')}`);
  }
}

/**
 * The outcome of a step that failed on this host, with the file on disk as it was: a caller for which that is wrong
 * sets `restored`.
 */
export function failed(stage: FailStage, message: string): Failed {
  return { kind: 'failed', stage, blame: [{ sources: [], message }], restored: true };
}
