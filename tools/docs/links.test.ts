import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorsOf, linksOf } from './links.ts';

const root = join(import.meta.dirname, '../..');

/** Every page of the checkout, without what is installed or built. */
function pagesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return /^(?:\.|node_modules$|dist$)/.test(entry.name) ? [] : pagesIn(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

/** What is wrong with the links of a page, whose file this is. */
function faultsOf(file: string, markdown: string): string[] {
  return linksOf(markdown).flatMap(({ line, path, anchor }) => {
    const target = path === '' ? file : join(dirname(file), decodeURIComponent(path));
    const where = `${relative(root, file)}:${String(line)} ${path}`;
    if (target !== file && !existsSync(target)) return [`${where}: no such file`];
    if (anchor === undefined) return [];
    const text = target === file ? markdown : readFileSync(target, 'utf8');
    return anchorsOf(text).has(anchor) ? [] : [`${where}#${anchor}: no such heading`];
  });
}

describe('the links of the pages', () => {
  const pages = pagesIn(root);

  it.each(pages.map((page) => [relative(root, page), page] as const))('%s', (_name, page) => {
    expect(faultsOf(page, readFileSync(page, 'utf8'))).toEqual([]);
  });

  it('are found in all pages of the root, of docs and of docker', () => {
    const names = pages.map((page) => relative(root, page));
    const some = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/install.md', 'docker/README.md'];
    expect(names).toEqual(expect.arrayContaining(some));
    const count = pages.reduce((sum, page) => sum + linksOf(readFileSync(page, 'utf8')).length, 0);
    expect(count).toBeGreaterThan(100);
  });
});

describe('a broken link', () => {
  const faults = (text: string): string[] => faultsOf(join(root, 'docs/page.md'), text);

  it.each([
    ['to a file that is gone', '[a](gone.md)', ['docs/page.md:1 gone.md: no such file']],
    [
      'to a heading that is gone',
      '[a](install.md#gone)',
      ['docs/page.md:1 install.md#gone: no such heading'],
    ],
    ['to a heading of its own page', '\n[a](#gone)', ['docs/page.md:2 #gone: no such heading']],
    [
      'beside a good one in a table',
      '| [a](install.md) | [b](no.md) |',
      ['docs/page.md:1 no.md: no such file'],
    ],
    ['by reference', '[a]: no.md', ['docs/page.md:1 no.md: no such file']],
  ])('%s is found', (_what, text, expected) => {
    expect(faults(text)).toEqual(expected);
  });

  it.each([
    ['to another site', '[a](https://example.com/#x)'],
    ['in code', '`[a](no.md)`\n```sh\n[b](no.md)\n```'],
    ['to a heading of its own page', '## Who *keeps* `a` bind?\n[a](#who-keeps-a-bind)'],
    ['to the second of two headings', '## Steps\n## Steps\n[a](#steps-1)'],
    ['to a folder', '[a](adr)'],
  ])('isn’t one %s', (_what, text) => {
    expect(faults(text)).toEqual([]);
  });
});
