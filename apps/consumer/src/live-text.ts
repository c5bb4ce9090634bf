import type { FailStage, Outcome } from '@kubefigurator/config-model';
import { fileTrouble } from '@kubefigurator/daemon';
import { discard, install, stage } from './host/release-files.ts';
import type { Host } from './host/host.ts';

type Failed = Extract<Outcome, { kind: 'failed' }>;

/** Writes the candidate; undefined where that worked, and nothing of it is left where it didn't. */
export async function stageText(text: string, { live }: Host): Promise<Failed | undefined> {
  try {
    await stage(live, { text, files: [] });
    return undefined;
  } catch (error) {
    await discard(live).catch(() => undefined);
    return failed('stage', `${live.candidate} can't be written: ${fileTrouble(error, 'write')}`);
  }
}

/** Makes the candidate the live file; undefined where that worked. */
export async function installText({ live }: Host): Promise<Failed | undefined> {
  try {
    await install(live);
    return undefined;
  } catch (error) {
    await discard(live).catch(() => undefined);
    return failed('install', `${live.path} can't be replaced: ${fileTrouble(error, 'write')}`);
  }
}

/** This host could not do it; the file on disk is what it was. */
export function failed(stage: FailStage, message: string): Failed {
  return { kind: 'failed', stage, blame: [{ sources: [], message }], restored: true };
}
