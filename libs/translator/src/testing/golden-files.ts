import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';

/**
 * Compares a text with the file that holds what it should be; no file and an empty text are the same.
 * UPDATE_GOLDENS=1 writes the file. Without CI a missing one is written too, so that a new case needs no command.
 */
export function expectFile(path: string, actual: string): void {
  const expected = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const missing = expected === '' && process.env['CI'] === undefined;
  if (actual !== expected && (missing || process.env['UPDATE_GOLDENS'] === '1')) {
    if (actual === '') rmSync(path, { force: true });
    else writeFileSync(path, actual);
    return;
  }
  expect(actual, `${path} is not what it should be; UPDATE_GOLDENS=1 writes it`).toBe(expected);
}
