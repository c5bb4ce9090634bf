// Builds programs that the distribution doesn't have from their Go modules, once, into the cache.
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder, putInPlace } from '../../../tools/cache.mjs';
import { runQuietly, say } from '../../../tools/run.mjs';

/** Where programs often are without being in a user's `$PATH`. */
const MORE_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/sbin', '/usr/local/go/bin'];

/** The executable files of this name, those of `$PATH` first. */
export function executables(name) {
  const folders = [...(process.env.PATH ?? '').split(':').filter((folder) => folder !== ''), ...MORE_FOLDERS];
  return folders.map((folder) => join(folder, name)).filter(isExecutable);
}

/** True for a file that this process may execute. */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Builds the Go package `target` in the folder `source`, which takes minutes, or finds it in the cache; returns the path of
 * the program. Its version is that of `module` in the folder's `go.mod`, and `flagsFor` gives the linker's flags for it.
 */
export async function buildGoProgram({ name, source, module, target = '.', flagsFor = () => '' }) {
  const pattern = new RegExp(`${module.replaceAll('.', '\\.')} (v[\\d.]+)`);
  const [, version] = pattern.exec(readFileSync(join(source, 'go.mod'), 'utf8'));
  const folder = join(cacheFolder(), `${name}-${version}`);
  const path = join(folder, name);
  if (isExecutable(path)) return path;
  rmSync(folder, { recursive: true, force: true });
  const [go] = executables('go');
  if (go === undefined) throw new Error(`${name} is needed, and there is no Go to build it with`);
  say(`building ${name} ${version} from Go modules into ${folder}: some minutes, once`);
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}.`);
  try {
    const flags = `-s -w ${flagsFor(version)}`.trim();
    const command = ['build', '-trimpath', '-ldflags', flags, '-o', join(work, name), target];
    const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' };
    await runQuietly(`building ${name}`, go, command, { cwd: source, env });
    putInPlace(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return path;
}
