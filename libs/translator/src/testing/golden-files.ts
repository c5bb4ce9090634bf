import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';

/**
 * Compares a text with the file that has the expected one; a missing file means an empty text.
 * UPDATE_GOLDENS=1 writes the file. A missing one is also written, unless CI is set, so that a new case needs no command.
 */
export function expectFile(path: string, actual: string): void {
  const expected = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const mayCreate = expected === '' && process.env['CI'] === undefined;
  if (actual !== expected && (mayCreate || process.env['UPDATE_GOLDENS'] === '1')) {
    if (actual === '') rmSync(path, { force: true });
    else writeFileSync(path, actual);
    return;
  }
  expect(actual, `${path} is not what it should be; UPDATE_GOLDENS=1 writes it`).toBe(expected);
}
