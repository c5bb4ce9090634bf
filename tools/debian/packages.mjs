// Gets programs out of the distribution's packages without installing them: nothing outside the cache changes.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { putInPlace } from '../cache.mjs';
import { HarnessError, runQuietly, say } from '../run.mjs';

const BINARY_FOLDERS = ['usr/sbin', 'usr/bin', 'sbin', 'bin'];
const LIBRARY_FOLDERS = ['usr/lib', 'lib'];
/** The one update of the package lists in this run, as a promise; undefined before it begins. */
let update;

/** `debian-12-x64`: what an unpacked program depends on. */
export function platformName() {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const field = (name) => new RegExp(`^${name}="?([^"\\n]*)`, 'm').exec(release)?.[1] ?? 'unknown';
  return `${field('ID')}-${field('VERSION_ID')}-${process.arch}`;
}

/**
 * Unpacks a package with the libraries this system lacks; `<folder>/bin/<name>` then runs it from that folder.
 * With `foreign` the package is from the `suite` of another release: `options` are for apt-get, and `adopt` changes the
 * unpacked files so that the program runs on this system.
 */
export async function unpackProgram(name, packageName, folder, foreign) {
  if (!existsSync('/usr/bin/apt-get')) throw new HarnessError('there is no apt-get on this system');
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}.`);
  try {
    const origin = foreign === undefined ? "the distribution's" : `${foreign.suite}'s`;
    say(`${name}: unpacking ${origin} package ${packageName} into ${folder} (nothing is installed)`);
    const options = foreign === undefined ? await privateApt(dirname(folder)) : foreign.options;
    const archives = join(work, 'archives');
    mkdirSync(join(archives, 'partial'), { recursive: true });
    await runQuietly(`downloading ${packageName}`, 'apt-get', [
      ...options,
      '-o',
      `Dir::Cache::archives=${archives}`,
      '--yes',
      '--no-install-recommends',
      '--download-only',
      'install',
      packageName,
    ]);
    const root = join(work, 'root');
    mkdirSync(root);
    for (const file of readdirSync(archives).filter((entry) => entry.endsWith('.deb'))) {
      await runQuietly(`unpacking ${file}`, 'dpkg-deb', ['-x', join(archives, file), root]);
    }
    rmSync(archives, { recursive: true });
    const binary = writeWrapper(name, work, root);
    foreign?.adopt(root, binary, join(folder, 'root'));
    putInPlace(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Options for an apt-get with lists and caches of its own, refreshed once per run. */
export async function privateApt(cache) {
  const home = join(cache, 'apt');
  for (const folder of ['state/lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(home, folder), { recursive: true });
  }
  const options = [
    `Dir::State=${join(home, 'state')}`,
    // Which packages this system has, so that only the missing libraries are fetched.
    'Dir::State::status=/var/lib/dpkg/status',
    `Dir::Cache=${join(home, 'cache')}`,
    'APT::Sandbox::User=root',
    'Debug::NoLocking=1',
  ].flatMap((option) => ['-o', option]);
  update ??= runQuietly('reading the package lists', 'apt-get', [...options, 'update']).catch((error) =>
    say(`${error.message.split('\n')[0]}; going on with what could be read`),
  );
  await update;
  return options;
}

/**
 * Writes a wrapper that exports the path of the program's libraries: a program that executes itself again inherits it.
 * Returns the program's path below the root.
 */
function writeWrapper(name, work, root) {
  const binary = BINARY_FOLDERS.map((folder) => join(folder, name)).find((path) =>
    existsSync(join(root, path)),
  );
  if (binary === undefined) throw new HarnessError(`the package holds no program named ${name}`);
  const libraries = LIBRARY_FOLDERS.filter((folder) => existsSync(join(root, folder))).flatMap((folder) => [
    folder,
    ...readdirSync(join(root, folder))
      .filter((entry) => entry.includes('-linux-gnu'))
      .map((entry) => join(folder, entry)),
  ]);
  const search = libraries.map((folder) => `$root/${folder}`).join(':');
  mkdirSync(join(work, 'bin'));
  writeFileSync(
    join(work, 'bin', name),
    [
      '#!/bin/sh',
      'root=$(dirname "$(dirname "$(readlink -f "$0")")")/root',
      ...(search === '' ? [] : [`export LD_LIBRARY_PATH="${search}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"`]),
      `exec "$root/${binary}" "$@"`,
      '',
    ].join('\n'),
    { mode: 0o755 },
  );
  return binary;
}
