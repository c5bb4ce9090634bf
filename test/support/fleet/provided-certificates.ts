import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createAuthority } from './certificates.ts';

/** An absolute path after the word `crt` or `ca-file`: a certificate or a folder of certificates. */
const CERTIFICATE_PATH = /(?<= (?:crt|ca-file) )\/\S+/g;

/** Creates the certificates that a text names; returns the text with their new paths. */
export type Provide = (text: string) => string;

/**
 * Returns such a function; it creates the certificates below the folder. All of them are copies of one file, because
 * HAProxy accepts a certificate whatever names are in it.
 */
export async function createProvider(folder: string): Promise<Provide> {
  const authority = await createAuthority(join(folder, 'authority'));
  const { cert, key } = await authority.issue(['golden.example.com']);
  return (text) =>
    text.replaceAll(CERTIFICATE_PATH, (path) => {
      const own = join(folder, 'files', path);
      // A name without an ending is a folder's.
      const file = basename(own).includes('.') ? own : join(own, 'some.pem');
      if (!existsSync(file)) {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, cert + key);
      }
      return own;
    });
}
