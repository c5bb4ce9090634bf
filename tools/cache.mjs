// The folder outside the checkout that keeps what was fetched or built once.
import { existsSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** `$KUBEFIGURATOR_CACHE`, else a folder in the user's cache folder. */
export function cacheFolder(env = process.env) {
  if (env.KUBEFIGURATOR_CACHE) return env.KUBEFIGURATOR_CACHE;
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kubefigurator');
}

/** Renames a complete folder to its final name; if a parallel run was faster, its folder stays. */
export function putInPlace(work, folder) {
  try {
    renameSync(work, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}
