import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../sandbox/processes.ts';
import { repositoryRoot } from '../sandbox/programs.ts';

/**
 * The last commit whose consumer kept one text on its disk, and not yet releases: a text with the files that it
 * names.
 */
const COMMIT = '4295e0006a07cb8765d6002734c753a7d4f1e0aa';

/** False in a shallow clone: then only the codec tests of ledger, lock and status cover the previous version. */
export async function hasPreviousVersion(): Promise<boolean> {
  const { code } = await runCommand(['git', '-C', repositoryRoot, 'cat-file', '-e', `${COMMIT}^{commit}`]);
  return code === 0;
}

/** Builds the consumer of the previous version from this repository's history; returns the path of its bundle. */
export async function buildPreviousConsumer(folder: string): Promise<string> {
  const tree = join(folder, 'previous-version');
  mkdirSync(tree);
  const archive = join(folder, 'previous-version.tar');
  await runOrThrow(
    ['git', '-C', repositoryRoot, 'archive', '-o', archive, COMMIT],
    'git fetch --unshallow gets the commit',
  );
  await runOrThrow(['tar', '-xf', archive, '-C', tree], 'tar is needed');
  linkPackages(tree);
  await runOrThrow(
    [process.execPath, join(tree, 'apps', 'bundle.mjs'), 'consumer'],
    'the bundle of that commit is expected to build',
  );
  return join(tree, 'dist', 'kubefigurator-consumer.cjs');
}

/** Gives the tree a node_modules with its own libs, and with the packages that are installed for this checkout. */
function linkPackages(tree: string): void {
  const [installed, own] = [join(repositoryRoot, 'node_modules'), join(tree, 'node_modules')];
  mkdirSync(join(own, '@kubefigurator'), { recursive: true });
  for (const name of readdirSync(installed).filter((each) => each !== '@kubefigurator'))
    symlinkSync(join(installed, name), join(own, name));
  for (const lib of readdirSync(join(tree, 'libs')))
    symlinkSync(join(tree, 'libs', lib), join(own, '@kubefigurator', lib));
}

async function runOrThrow(command: readonly string[], hint: string): Promise<void> {
  const { code, stderr } = await runCommand(command);
  if (code !== 0)
    throw new Error(`the consumer of the previous version can't be built: ${stderr.trim()}; ${hint}`);
}
