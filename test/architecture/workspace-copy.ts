import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

/** A copy of the workspace's own files, with the packages of the original: violations are planted there, never in the tree. */
export function copyWorkspace(): string {
  const copy = mkdtempSync(join(tmpdir(), 'kubefigurator-borders-'));
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  for (const file of files.split('\n').filter((name) => name !== '' && !name.startsWith('docs/'))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(ROOT, file), join(copy, file), { force: true });
  }
  linkPackages(copy);
  return copy;
}

function linkPackages(copy: string): void {
  const modules = join(copy, 'node_modules');
  mkdirSync(join(modules, '@kubefigurator'), { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (name !== '@kubefigurator' && name !== '.cache')
      symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  for (const group of ['apps', 'libs']) {
    for (const name of readdirSync(join(copy, group), { withFileTypes: true })) {
      if (!name.isDirectory()) continue;
      symlinkSync(join(copy, group, name.name), join(modules, '@kubefigurator', name.name));
      linkOwnPackages(join(group, name.name), copy);
    }
  }
  for (const name of ['test', 'tools']) symlinkSync(join(copy, name), join(modules, '@kubefigurator', name));
}

/** Packages that npm could not hoist. */
function linkOwnPackages(project: string, copy: string): void {
  const own = join(ROOT, project, 'node_modules');
  try {
    readdirSync(own);
    symlinkSync(own, join(copy, project, 'node_modules'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
