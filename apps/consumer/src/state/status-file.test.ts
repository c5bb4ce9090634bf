import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { statusFilePath, writeStatusFile } from './status-file.ts';

it('replaces the status without following a link that somebody left there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubefigurator-status-'));
  const other = join(folder, 'other');
  writeFileSync(other, 'mine');
  symlinkSync(other, `${statusFilePath(folder)}.new`);
  await writeStatusFile(folder, '{}');
  expect(readFileSync(statusFilePath(folder), 'utf8')).toBe('{}');
  expect(readFileSync(other, 'utf8')).toBe('mine');
});
