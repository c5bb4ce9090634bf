import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { CertificateCopyStore } from './certificate-copies.ts';
import { createCertificateCopies } from './certificate-copies.ts';
import { withFolderLock } from '../state/lock.ts';

let folder: string;
let store: CertificateCopyStore;
const at = (name: string): string => join(folder, name);
const open = (): CertificateCopyStore =>
  createCertificateCopies({
    folder: at('etc/copies'),
    index: at('copies.json'),
    keepers: [at('dynamic.cfg')],
    exclusively: (work) => withFolderLock(at('etc/copies'), work),
  });
const copies = (): string[] => readdirSync(at('etc/copies'));

const keep = (name: string, content: string, contentHash = content): Promise<void> =>
  store.keep([{ file: at(name), contentHash, read: () => Promise.resolve(content) }]);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubefigurator-copies-'));
  mkdirSync(at('etc'));
  for (const name of ['a.pem', 'b.pem', 'dynamic.cfg']) writeFileSync(at(name), '');
  store = open();
});
afterEach(() => rmSync(folder, { recursive: true }));

it('a copy has its content, is for its owner only, and the list of copies has no key', async () => {
  await keep('a.pem', 'THE KEY', 'hash');
  const [entry] = await store.entries();
  expect(entry).toMatchObject({ file: at('a.pem'), contentHash: 'hash', aliases: [] });
  const path = store.pathOf(entry?.copy ?? '');
  expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['THE KEY\n', 0o600]);
  const list = readFileSync(at('copies.json'), 'utf8');
  expect(list).not.toContain('KEY');
  // Another version of the agent reads this.
  expect(JSON.parse(list)).toEqual([{ file: at('a.pem'), print: 'hash', copy: entry?.copy, aliases: [] }]);
  expect(await open().entries()).toEqual([entry]);
});

it('a newer copy takes the place of the one before, which stays as long as the config names it', async () => {
  await keep('a.pem', 'first');
  const [first = ''] = copies();
  writeFileSync(at('dynamic.cfg'), `bind :443 ssl crt ${store.pathOf(first)}`);
  await keep('a.pem', 'second');
  await store.tidy(() => true);
  expect(copies()).toHaveLength(2);
  expect((await store.entries())[0]?.aliases).toEqual([first]);
  writeFileSync(at('dynamic.cfg'), '');
  await store.tidy(() => true);
  expect(copies()).toHaveLength(1);
});

it('a copy is removed once no text names the file that it was made of', async () => {
  for (const name of ['a.pem', 'b.pem']) await keep(name, name);
  await store.tidy((file) => file === at('b.pem'));
  expect((await store.entries()).map(({ file }) => file)).toEqual([at('b.pem')]);
  expect(copies()).toHaveLength(1);
});

it('a copy is removed when it is forgotten, also by another process; its entry stays without a copy', async () => {
  for (const name of ['a.pem', 'b.pem']) await keep(name, name);
  expect(await store.hasChanged()).toBe(false);
  expect(await open().forget(at('a.pem'))).toBe(true);
  expect(await store.hasChanged()).toBe(true);
  expect(await store.entries()).toContainEqual(
    expect.objectContaining({ file: at('a.pem'), copy: undefined }),
  );
  expect(copies()).toHaveLength(1);
  expect(await open().forget(at('a.pem'))).toBe(false);
  expect(await open().forget(at('c.pem'))).toBe(false);
});

it.each([
  '',
  'no JSON',
  '{}',
  '[1, null, {"file": 7}]',
  '[{"file": "/a", "print": "x", "copy": "../../etc/shadow"}]',
])('a list of copies with %j has no copy', async (text) => {
  writeFileSync(at('copies.json'), text);
  for (const { copy, aliases } of await store.entries()) expect([copy, aliases]).toEqual([undefined, []]);
});

it('a copy that only a list of the release names stays until no list names it', async () => {
  await keep('a.pem', 'first');
  const [first = ''] = copies();
  writeFileSync(at('etc/ab.crt-list'), `${store.pathOf(first)}\n`);
  await keep('a.pem', 'second');
  await store.tidy(() => true);
  expect(copies()).toContain(first);
  await store.forget(at('a.pem'));
  expect(copies()).toContain(first);
  rmSync(at('etc/ab.crt-list'));
  await store.tidy(() => true);
  expect(copies()).toEqual([]);
});

it('a copy that was damaged is not whole, and is written again', async () => {
  await keep('a.pem', 'first');
  const [name = ''] = copies();
  expect(await store.findWhole([name, 'other'])).toEqual(new Set([name]));
  for (const content of ['junk', '', 'first']) {
    writeFileSync(store.pathOf(name), content);
    expect(await store.findWhole([name])).toEqual(new Set());
  }
  await keep('a.pem', 'first');
  expect(readFileSync(store.pathOf(name), 'utf8')).toBe('first\n');
  expect(await store.findWhole([name])).toEqual(new Set([name]));
});

it('the folder of copies can be entered by every user, whatever the umask', async () => {
  rmSync(at('etc'), { recursive: true });
  const before = process.umask(0o077);
  await keep('a.pem', 'first').finally(() => process.umask(before));
  for (const path of ['etc', 'etc/copies']) expect(statSync(at(path)).mode & 0o777).toBe(0o755);
});

it('a certificate that is forgotten while the agent is about to copy it, or copies it, has no copy after that', async () => {
  await keep('a.pem', 'first', 'hash');
  expect(await open().forget(at('a.pem'))).toBe(true);
  // The pass that decided this didn't know of the command yet.
  await keep('a.pem', 'first', 'hash');
  expect((await open().entries())[0]).toMatchObject({ copy: undefined });
  await keep('a.pem', 'second');
  let forgetting: Promise<boolean> | undefined;
  await store.keep([
    {
      ...{ file: at('a.pem'), contentHash: 'third' },
      read: () => {
        forgetting = open().forget(at('a.pem'));
        return Promise.resolve('third');
      },
    },
  ]);
  expect(await forgetting).toBe(true);
  expect((await open().entries())[0]).toMatchObject({ contentHash: 'third', copy: undefined });
});
