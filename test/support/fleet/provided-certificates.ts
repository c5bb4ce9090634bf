import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createAuthority } from './certificates.ts';

/** The words that name a file or a folder with certificates. */
const CERTIFICATE_PATH = /(?<= (?:crt|ca-file) )\/\S+/g;

/** Gives a text the certificates it names. */
export type Provide = (text: string) => string;

/**
 * A function that puts every certificate a text names below the folder, and gives the text with its paths changed
 * accordingly. All of them are the same file: HAProxy needs a readable certificate, whatever names it holds.
 */
export async function createProvider(folder: string): Promise<Provide> {
  const authority = await createAuthority(join(folder, 'authority'));
  const { cert, key } = await authority.issue(['golden.example.com']);
  return (text) =>
    text.replaceAll(CERTIFICATE_PATH, (path) => {
      const own = join(folder, 'files', path);
      const file = basename(own).includes('.') ? own : join(own, 'some.pem');
      if (!existsSync(file)) {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, cert + key);
      }
      return own;
    });
}
