import { dirname } from 'node:path';
import { OperatorError } from '@kubefigurator/daemon';
import type { Host } from '../host/host.ts';
import type { Lock } from '../state/lock.ts';
import { takeFolderLock, takeStateLock } from '../state/lock.ts';

/** What has a lock: the state folder, and the folder that HAProxy reads. */
export interface LockedHost {
  readonly live: Pick<Host['live'], 'path'>;
  readonly state: Pick<Host['state'], 'path'>;
}

/**
 * Takes the locks of the state folder and of the folder of dynamic.cfg, since only one consumer may work on a host: with
 * another state folder it would know neither a freeze nor what the agent has done. Throws an OperatorError that names
 * the other holder, if that is known.
 */
export async function takeHostLock({ live, state }: LockedHost, holder: string): Promise<Lock> {
  const stateLock = await takeStateLock(state.path, holder);
  if ('heldBy' in stateLock)
    throw new OperatorError(`another consumer works with ${state.path}: ${stateLock.heldBy}`, {
      hint: 'stop it first, or send it SIGHUP to make it apply now',
    });
  const folder = dirname(live.path);
  const folderLock = await takeFolderLock(folder).catch(async (error: unknown) => {
    await stateLock.release();
    throw error;
  });
  if (folderLock !== undefined)
    return { release: async () => void (await Promise.all([stateLock.release(), folderLock.release()])) };
  await stateLock.release();
  throw new OperatorError(
    `another consumer works with ${folder}, and with another folder than ${state.path}`,
    {
      hint: 'correct --state-directory, or stop the other consumer first',
    },
  );
}
