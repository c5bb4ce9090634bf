import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { describeFailure } from '@kubefigurator/daemon';
import { readPem } from './pem.ts';

const PEM = '-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const folder = mkdtempSync(join(tmpdir(), 'kubefigurator-pem-'));
afterAll(() => rmSync(folder, { recursive: true }));

const read = (source: { readonly data?: string; readonly file?: string }): string | undefined =>
  readPem({
    ...{ data: undefined, file: undefined, field: 'certificate-authority', owner: 'cluster "c"' },
    ...{ kubeconfig: '/k/config', block: 'CERTIFICATE' },
    ...source,
  });

it('takes base64, also over several lines, before a file', () => {
  expect(read({ data: base64(PEM) })).toBe(PEM);
  expect(read({ data: `${base64(PEM).slice(0, 20)}\n${base64(PEM).slice(20)}\n`, file: '/nowhere' })).toBe(
    PEM,
  );
  writeFileSync(join(folder, 'ca'), PEM);
  expect(read({ file: join(folder, 'ca') })).toBe(PEM);
  expect(read({})).toBeUndefined();
});

it.each([
  [
    'no base64',
    { data: 'not base64!' },
    /-data of cluster "c" in .* isn't base64; encode .* certificate-authority$/,
  ],
  ['a base64 that is cut', { data: base64(PEM).slice(0, -3) }, /isn't base64; encode/],
  ['PEM itself', { data: PEM }, /isn't base64, but PEM itself; encode the PEM file/],
  ['no PEM', { data: base64('hello') }, /holds no certificate in PEM; give a file that begins with/],
  [
    'another block',
    { data: base64(PEM.replaceAll('CERTIFICATE', 'PRIVATE KEY')) },
    /holds no certificate in PEM/,
  ],
  [
    'an empty file',
    { file: '/dev/null' },
    /^\/dev\/null, the certificate-authority of .* holds no certificate/,
  ],
  [
    'no file',
    { file: '/nowhere' },
    /^can't read \/nowhere, the .*: there is no such file or folder; correct the/,
  ],
  ['a folder', { file: '/tmp' }, /can't read \/tmp, .*: it is a folder; correct the kubeconfig/],
])('says what is wrong: %s', (_what, source, sentence) => {
  let told = 'nothing';
  try {
    read(source);
  } catch (error) {
    told = describeFailure(error);
  }
  expect(told).toMatch(sentence);
});
