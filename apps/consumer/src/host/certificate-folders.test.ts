import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfigText } from '@kubefigurator/haproxy-config';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readCertificateFolders } from './certificate-folders.ts';

let folder: string;
const at = (name: string): string => join(folder, name);
const read = (...paths: readonly string[]): ReturnType<typeof readCertificateFolders> => {
  const options = paths.map((path) => `crt ${path}`).join(' ');
  return readCertificateFolders({ config: parseConfigText(`frontend f\n  bind :443 ssl ${options}\n`) });
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubefigurator-folders-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('lists the files of a folder that HAProxy would read as certificates, and the folders in it', async () => {
  for (const name of ['b.pem', 'a.pem', 'a.pem.key', 'a.pem.ocsp', 'c.pem.rsa', '.draft', 'b c.pem'])
    writeFileSync(at(name), '');
  mkdirSync(at('team'));
  symlinkSync('team', at('link'));
  symlinkSync('a.pem', at('d.pem'));
  symlinkSync('nowhere', at('gone.pem'));
  expect(await read(`${folder}//`)).toEqual(
    new Map([
      [
        folder,
        {
          certificates: ['a.pem', 'b c.pem', 'b.pem', 'c.pem.rsa', 'd.pem', 'gone.pem'],
          folders: new Set(['team', 'link']),
        },
      ],
    ]),
  );
});

it('a file, and what is gone, is no folder', async () => {
  writeFileSync(at('a.pem'), '');
  expect(await read(at('a.pem'), at('gone'))).toEqual(new Map());
  expect(await readCertificateFolders(undefined)).toEqual(new Map());
});
