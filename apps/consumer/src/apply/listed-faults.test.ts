import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfigText } from '@kubefigurator/haproxy-config';
import type { ParsedText } from '@kubefigurator/haproxy-config';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ONE } from '../host/testing/certificates.ts';
import { findListedFaults } from './listed-faults.ts';

let folder: string;
const at = (name: string): string => join(folder, name);
const NAMES = ['good', 'first', 'second', 'notes'];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubefigurator-listed-'));
  writeFileSync(at('good'), ONE.certificate + ONE.key);
  for (const name of ['first', 'notes', 'else']) writeFileSync(at(name), 'no certificate\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

function target(): Pick<ParsedText, 'config' | 'files'> {
  const list = { name: `${'a'.repeat(64)}.crt-list`, content: NAMES.map((name) => `${at(name)}\n`).join('') };
  const comments = ['good', 'first', 'second', 'else'].map(
    (name) => `  # service: shop/${name} port: web certificate: ${at(name)}\n`,
  );
  const bind = `  bind :443 ssl crt ${at('else')} crt-list /ours/${list.name}\n`;
  return { config: parseConfigText(`frontend f\n${comments.join('')}${bind}`), files: [list] };
}

it('all broken files of a list are named once HAProxy has named one', async () => {
  const blame = [{ sources: [], message: `unable to load certificate from file '${at('first')}'.` }];
  expect(await findListedFaults(target(), blame)).toEqual([
    {
      sources: [{ namespace: 'shop', service: 'second', port: 'web' }],
      message: `certificate '${at('second')}': it is gone`,
    },
    {
      sources: [],
      file: { folder, name: 'notes' },
      message: `certificate '${at('notes')}': it has no certificate`,
    },
  ]);
});

it('none is looked for if HAProxy refuses something else', async () => {
  expect(await findListedFaults(target(), [{ sources: [], message: `'${at('else')}'` }])).toEqual([]);
  expect(await findListedFaults({ config: parseConfigText('') }, [])).toEqual([]);
});
