import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { GENERATED_FILES } from './generated.ts';

const ROOT = join(import.meta.dirname, '../..');

it.each(GENERATED_FILES)('$file is current', ({ file, generate }) => {
  const path = join(ROOT, file);
  const text = generate();
  if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(path, text);
  const committed = existsSync(path) ? readFileSync(path, 'utf8') : '';
  expect(text, `${file} is stale: UPDATE_GOLDENS=1 npm run test:unit writes it`).toBe(committed);
});
