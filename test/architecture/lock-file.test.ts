import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../support/sandbox/programs.ts';

interface Installed {
  readonly isInstalled: (root: string) => boolean;
}

describe('package-lock.json', () => {
  it('lists only what npm ci installs, so that npm test, demo and bench install once', async () => {
    const module = pathToFileURL(join(repositoryRoot, 'test/support/sandbox/installed.mjs')).href;
    const { isInstalled } = (await import(module)) as Installed;
    expect(isInstalled(repositoryRoot)).toBe(true);
  });

  it('names no registry', () => {
    const { packages } = JSON.parse(readFileSync(join(repositoryRoot, 'package-lock.json'), 'utf8')) as {
      readonly packages: Readonly<Record<string, { readonly resolved?: string }>>;
    };
    const addresses = Object.values(packages).filter(({ resolved = '' }) => resolved.includes('://'));
    expect(addresses).toEqual([]);
  });
});
