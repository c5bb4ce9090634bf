import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { namedCertificates, parseConfigText } from '@kubefigurator/haproxy-config';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CertificateFiles, FoundCertificate } from './certificate-files.ts';
import { createCertificateFiles } from './certificate-files.ts';
import { ONE, TWO } from './testing/certificates.ts';

const FIRST = ONE.certificate + ONE.key;
const SECOND = TWO.certificate + TWO.key;

let folder: string;
let files: CertificateFiles;
const at = (name: string): string => join(folder, name);
const named = (...paths: readonly string[]): ReturnType<typeof namedCertificates> =>
  namedCertificates({
    config: parseConfigText(
      `frontend f\n  # service: default/shop port: web certificate: ${at('gone.pem')}\n  bind :443 ssl ${paths.map((path) => `crt ${path}`).join(' ')}\n`,
    ),
  });
const look = (...paths: readonly string[]): Promise<readonly FoundCertificate[]> =>
  files.look(named(...paths));
const fingerprints = async (...paths: readonly string[]): Promise<string[]> =>
  (await look(...paths)).map(({ facts }) => (facts.kind === 'good' ? facts.fingerprint : facts.reason));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubefigurator-certificates-'));
  files = createCertificateFiles();
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a change of a file', () => {
  it.each<readonly [string, () => void, () => void]>([
    [
      'rename over it',
      () => undefined,
      () => {
        writeFileSync(at('.new'), SECOND);
        renameSync(at('.new'), at('a.pem'));
      },
    ],
    ['rewrite in place', () => undefined, () => writeFileSync(at('a.pem'), SECOND)],
    [
      'delete and write',
      () => undefined,
      () => {
        rmSync(at('a.pem'));
        writeFileSync(at('a.pem'), SECOND);
      },
    ],
    [
      'a link that moves',
      () => {
        for (const [name, text] of [
          ['1.pem', FIRST],
          ['2.pem', SECOND],
        ] as const)
          writeFileSync(at(name), text);
        rmSync(at('a.pem'));
        symlinkSync('1.pem', at('a.pem'));
      },
      () => {
        symlinkSync('2.pem', at('.link'));
        renameSync(at('.link'), at('a.pem'));
      },
    ],
    [
      'a folder that is swapped',
      () => {
        rmSync(at('a.pem'));
        for (const [name, text] of [
          ['v1', FIRST],
          ['v2', SECOND],
        ] as const) {
          mkdirSync(at(name));
          writeFileSync(join(at(name), 'a.pem'), text);
        }
        symlinkSync('v1', at('live'));
        symlinkSync('live/a.pem', at('a.pem'));
      },
      () => {
        symlinkSync('v2', at('.live'));
        renameSync(at('.live'), at('live'));
      },
    ],
    [
      'the key beside it and the certificate',
      () => {
        writeFileSync(at('a.pem'), ONE.certificate);
        writeFileSync(at('a.pem.key'), ONE.key);
      },
      () => {
        writeFileSync(at('a.pem.key'), TWO.key);
        writeFileSync(at('a.pem'), TWO.certificate);
      },
    ],
  ])('is seen: %s', async (_what, prepare, change) => {
    writeFileSync(at('a.pem'), FIRST);
    prepare();
    expect(await fingerprints(at('a.pem'))).toEqual([ONE.fingerprint]);
    expect(await files.hasChanged(named(at('a.pem')))).toBe(false);
    change();
    expect(await files.hasChanged(named(at('a.pem')))).toBe(true);
    const [found] = await look(at('a.pem'));
    expect(found?.facts).toMatchObject({ fingerprint: TWO.fingerprint });
    expect(found?.unchangedMs).toBeLessThan(400);
    expect(await files.hasChanged(named(at('a.pem')))).toBe(false);
  });

  it('starts the time anew for which the file is unchanged, and nothing else does', async () => {
    writeFileSync(at('a.pem'), FIRST.slice(0, 100));
    await look(at('a.pem'));
    await sleep(60);
    const [before] = await look(at('a.pem'));
    expect(before?.unchangedMs).toBeGreaterThanOrEqual(50);
    expect(before?.facts.kind).toBe('broken');
    appendFileSync(at('a.pem'), FIRST.slice(100));
    const [after] = await look(at('a.pem'));
    expect(after?.unchangedMs).toBeLessThan(50);
    expect(after?.facts.kind).toBe('good');
  });
});

describe('what HAProxy knows as certificates', () => {
  it('of a bundle are its parts', async () => {
    for (const end of ['rsa', 'ecdsa']) writeFileSync(at(`a.pem.${end}`), FIRST);
    const found = await look(at('a.pem'));
    expect(found.map(({ file, isInBundle }) => [file, isInBundle])).toEqual([
      [at('a.pem.rsa'), true],
      [at('a.pem.ecdsa'), true],
    ]);
  });

  it('are reported as gone if there is no file', async () => {
    expect(await fingerprints(at('missing.pem'))).toEqual(['it is gone']);
    const [gone] = await look(at('gone.pem'));
    expect(gone?.sources).toEqual([{ namespace: 'default', service: 'shop', port: 'web' }]);
  });

  it('are not the files of a folder, which only a text of an earlier version names', async () => {
    writeFileSync(at('a.pem'), FIRST);
    expect(await look(folder)).toEqual([]);
  });

  it('a thousand files that did not change are compared within a second', async () => {
    const paths = Array.from({ length: 1000 }, (_, index) => at(`${String(index)}.pem`));
    for (const path of paths) writeFileSync(path, FIRST);
    expect(await look(...paths)).toHaveLength(1000);
    const began = performance.now();
    expect(await files.hasChanged(named(...paths))).toBe(false);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});
