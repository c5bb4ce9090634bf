import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfigText } from '@kubefigurator/haproxy-config';
import type { ParsedText } from '@kubefigurator/haproxy-config';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ONE } from '../host/testing/certificates.ts';
import { judgeCertificateFaults } from './certificate-faults.ts';

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
  const first = { sources: [{ namespace: 'shop', service: 'first', port: 'web' }] };
  const blame = [{ ...first, message: `unable to load certificate from file '${at('first')}'.` }];
  expect(await judgeCertificateFaults(target(), blame)).toEqual([
    {
      ...first,
      message: `certificate '${at('first')}': it has no certificate; HAProxy: unable to load certificate from file '${at('first')}'.`,
    },
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
  expect(await judgeCertificateFaults(plain, blame)).toMatchObject([
    { sources: [], message: expect.stringMatching(/second': it is gone; HAProxy: unable to stat/) as string },
    { sources: [{ service: 'first' }], message: `certificate '${at('first')}': it has no certificate` },
    { sources: [{ service: 'else' }] },
  ]);
});

it('none is looked for if HAProxy refuses something else', async () => {
  const blame = [{ sources: [], message: "unknown keyword 'nope'" }];
  expect(await judgeCertificateFaults(target(), blame)).toEqual(blame);
  expect(await judgeCertificateFaults({ config: parseConfigText('') }, [])).toEqual([]);
});

it.each([
  ['half-written', 'No Private Key found in', '.key', 'it is incomplete: a block of it has no end'],
  ['without a key', 'No Private Key found in', '.key', 'it has no private key, and there is none beside it'],
  ['of nothing', 'unable to load certificate from file', '', 'it has no certificate'],
  ['good', 'no room for', '', undefined],
])('a file %s of a folder is judged by this program first', async (_what, words, end, reason) => {
  const contents = new Map([
    ['it is incomplete: a block of it has no end', ONE.certificate + ONE.key.slice(0, 60)],
    ['it has no private key, and there is none beside it', ONE.certificate],
    ['it has no certificate', 'x\n'],
  ]);
  writeFileSync(at('broken.pem'), contents.get(reason ?? '') ?? ONE.certificate + ONE.key);
  writeFileSync(at('also.pem'), 'x\n');
  const content = ['broken.pem', 'also.pem', 'good'].map((name) => `${at(name)}\n`).join('');
  const list = { name: `${'b'.repeat(64)}.crt-list`, content };
  const comments = `  # service: team/fold port: web certificate: ${folder}\n  # service: shop/a port: web certificate: /a\n`;
  const config = parseConfigText(`frontend f\n${comments}  bind :443 ssl crt-list /ours/${list.name}\n`);
  const about = {
    ...{ sources: [{ namespace: 'team', service: 'fold', port: 'web' }], shared: true as const },
  };
  const message = `${words} '${at('broken.pem')}${end}'`;
  const blame = [{ ...about, file: { folder, name: 'broken.pem' }, message }];
  const judged =
    reason === undefined ? message : `certificate '${at('broken.pem')}': ${reason}; HAProxy: ${message}`;
  expect(await judgeCertificateFaults({ config, files: [list] }, blame)).toEqual([
    { ...about, file: { folder, name: 'broken.pem' }, message: judged },
    {
      ...about,
      file: { folder, name: 'also.pem' },
      message: `certificate '${at('also.pem')}': it has no certificate`,
    },
  ]);
});
