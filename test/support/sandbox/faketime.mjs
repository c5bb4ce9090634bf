// Finds libfaketime for the tests of clock jumps, which change the wall clock of the programs and not the machine's.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../../tools/cache.mjs';
import { platformName, unpackProgram } from '../../../tools/debian/packages.mjs';
import { say } from '../../../tools/run.mjs';

const LIBRARY = 'faketime/libfaketimeMT.so.1';

/**
 * Gives an object with `KUBEFIGURATOR_FAKETIME`, the library's path, or if it can't be obtained, with
 * `KUBEFIGURATOR_FAKETIME_PROBLEM`, the reason.
 */
export async function obtainFaketime() {
  const named = process.env.KUBEFIGURATOR_FAKETIME;
  if (named) return { KUBEFIGURATOR_FAKETIME: named };
  const folder = join(cacheFolder(), `faketime-${platformName()}`);
  try {
    const found = libraryBelow('/usr') ?? libraryBelow(join(folder, 'root/usr'));
    if (found !== undefined) return { KUBEFIGURATOR_FAKETIME: found };
    rmSync(folder, { recursive: true, force: true });
    await unpackProgram('faketime', 'faketime', folder);
    const unpacked = libraryBelow(join(folder, 'root/usr'));
    if (unpacked === undefined) throw new Error(`the package holds no ${LIBRARY}`);
    return { KUBEFIGURATOR_FAKETIME: unpacked };
  } catch (error) {
    say(`tests that need $KUBEFIGURATOR_FAKETIME will fail: ${error.message.split('\n')[0]}`);
    return { KUBEFIGURATOR_FAKETIME_PROBLEM: error.message };
  }
}

/** The path of the library; undefined if it isn't there. Debian has it below `lib/<architecture>-linux-gnu`. */
function libraryBelow(usr) {
  const lib = join(usr, 'lib');
  if (!existsSync(lib)) return undefined;
  const folders = readdirSync(lib).filter((name) => name.includes('-linux-'));
  return folders.map((name) => join(lib, name, LIBRARY)).find((path) => existsSync(path));
}
