import { mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readOwnText, readText, replaceText } from './text-file.ts';

it('replaceText leaves nothing beside the file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubefigurator-text-'));
  const path = join(folder, 'ledger.json');
  await replaceText(path, 'a');
  await replaceText(path, 'b');
  expect(readFileSync(path, 'utf8')).toBe('b');
  expect(readdirSync(folder)).toEqual(['ledger.json']);
});

it('our own files are read, and replaced, without following a link; those of others are read through links', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubefigurator-text-'));
  const [path, other] = [join(folder, 'ledger.json'), join(folder, 'other')];
  writeFileSync(other, 'of somebody else');
  symlinkSync(other, path);
  await expect(readOwnText(path)).rejects.toThrow('it is a link');
  expect((await readText(path))?.text).toBe('of somebody else');
  await replaceText(path, 'ours');
  expect(readFileSync(other, 'utf8')).toBe('of somebody else');
  expect((await readOwnText(path))?.text).toBe('ours');
  expect(await readOwnText(join(folder, 'nothing'))).toBeUndefined();
});
