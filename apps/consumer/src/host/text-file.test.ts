import { mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readOwnTextFile, readTextFile, replaceTextFile } from './text-file.ts';

it('replaceTextFile leaves nothing beside the file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubefigurator-text-'));
  const path = join(folder, 'ledger.json');
  await replaceTextFile(path, 'a');
  await replaceTextFile(path, 'b');
  expect(readFileSync(path, 'utf8')).toBe('b');
  expect(readdirSync(folder)).toEqual(['ledger.json']);
});

it('our own files are read, and replaced, without following a link; those of others are read through links', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubefigurator-text-'));
  const [path, other] = [join(folder, 'ledger.json'), join(folder, 'other')];
  writeFileSync(other, 'of somebody else');
  symlinkSync(other, path);
  await expect(readOwnTextFile(path)).rejects.toThrow('it is a link');
  expect((await readTextFile(path))?.text).toBe('of somebody else');
  await replaceTextFile(path, 'ours');
  expect(readFileSync(other, 'utf8')).toBe('of somebody else');
  expect((await readOwnTextFile(path))?.text).toBe('ours');
  expect(await readOwnTextFile(join(folder, 'nothing'))).toBeUndefined();
});
