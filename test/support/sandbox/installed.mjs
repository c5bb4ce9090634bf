// Determines whether `npm ci` is needed.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * True if node_modules has the versions of the lock file; optional packages, peers and our own libs aren't checked.
 * The times of files can't tell it, since a checkout changes them.
 */
export function isInstalled(root) {
  const installedFile = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return false;
  const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
  const installed = packagesOf(installedFile);
  return Object.entries(packagesOf(join(root, 'package-lock.json')))
    .filter(
      ([path, entry]) => path.includes('node_modules/') && !entry.optional && !entry.link && !entry.peer,
    )
    .every(([path, entry]) => installed[path]?.version === entry.version);
}
