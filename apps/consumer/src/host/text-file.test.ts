import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { replaceText } from './text-file.ts';

it('replaceText leaves nothing beside the file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubefigurator-text-'));
  const path = join(folder, 'ledger.json');
  await replaceText(path, 'a');
  await replaceText(path, 'b');
  expect(readFileSync(path, 'utf8')).toBe('b');
  expect(readdirSync(folder)).toEqual(['ledger.json']);
});
