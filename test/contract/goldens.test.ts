import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../support/certificates.ts';
import { runCommand } from '../support/processes.ts';
import { programPath, repositoryRoot } from '../support/programs.ts';

const goldens = join(repositoryRoot, 'libs/translator/golden');
const BASE = `global
  stats socket FOLDER/admin.sock
defaults
  timeout connect 1s
  timeout client 1s
  timeout server 1s
`;
/** The words that name a file or a folder with certificates. */
const CERTIFICATE_PATH = /(?<= (?:crt|ca-file) )\/\S+/g;

/** Whatever the translator renders, the real program takes, without a word of complaint. */
describe('every golden config passes haproxy -c', () => {
  let folder: string;
  let pem: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kf-goldens-'));
    const authority = await createAuthority(join(folder, 'authority'));
    const { cert, key } = await authority.issue(['golden.example.com']);
    pem = cert + key;
    writeFileSync(join(folder, 'base.cfg'), BASE.replace('FOLDER', folder));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  /** The same text with certificates where this test may write. */
  function provide(text: string): string {
    return text.replaceAll(CERTIFICATE_PATH, (path) => {
      const own = join(folder, 'files', path);
      const file = basename(own).includes('.') ? own : join(own, 'some.pem');
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, pem);
      return own;
    });
  }

  it.each(readdirSync(goldens).filter((file) => file.endsWith('.out.cfg')))('%s', async (file) => {
    const candidate = join(folder, file);
    writeFileSync(candidate, provide(readFileSync(join(goldens, file), 'utf8')));
    const files = ['-f', join(folder, 'base.cfg'), '-f', candidate];
    const { code, stdout, stderr } = await runCommand([programPath('haproxy'), '-c', ...files]);
    expect({ code, complaints: `${stdout}${stderr}`.replace('Configuration file is valid\n', '') }).toEqual({
      code: 0,
      complaints: '',
    });
  });
});
