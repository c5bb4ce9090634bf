import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfigText } from '@kubefigurator/haproxy-config';
import type { ParsedText } from '@kubefigurator/haproxy-config';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ONE } from '../host/testing/certificates.ts';
import { findOtherFaults } from './certificate-faults.ts';

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

it('all broken files are named once HAProxy has named one', async () => {
  const blame = [{ sources: [], message: `unable to load certificate from file '${at('first')}'.` }];
  expect(await findOtherFaults(target(), blame)).toEqual([
    {
      sources: [{ namespace: 'shop', service: 'else', port: 'web' }],
      message: `certificate '${at('else')}': it has no certificate`,
    },
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

it('the broken files that a bind names itself are named as well', async () => {
  const names = ['first', 'second', 'else'];
  const comments = names.map((name) => `  # service: shop/${name} port: web certificate: ${at(name)}\n`);
  const bind = `  bind :443 ssl ${['good', 'nobody', ...names].map((name) => `crt ${at(name)}`).join(' ')}\n`;
  const plain = { config: parseConfigText(`frontend f\n${comments.join('')}${bind}`) };
  const blame = [{ sources: [], message: `unable to stat SSL certificate from file '${at('second')}'` }];
  expect(await findOtherFaults(plain, blame)).toMatchObject([
    { sources: [{ service: 'first' }], message: `certificate '${at('first')}': it has no certificate` },
    { sources: [{ service: 'else' }] },
  ]);
});

it('none is looked for if HAProxy refuses something else', async () => {
  expect(await findOtherFaults(target(), [{ sources: [], message: "unknown keyword 'nope'" }])).toEqual([]);
  expect(await findOtherFaults({ config: parseConfigText('') }, [])).toEqual([]);
});
