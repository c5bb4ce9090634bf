import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { programPath } from '../sandbox/programs.ts';
import { runChecked } from '../sandbox/processes.ts';

/** A certificate authority of the harness and the certificates it signs. */
export interface CertificateAuthority {
  /** PEM of the authority's certificate, for clients. */
  readonly ca: string;
  readonly caFile: string;
  /** Issues a certificate for these names and addresses; gives it and its key as PEM. */
  issue(names: readonly string[]): Promise<{ readonly cert: string; readonly key: string }>;
}

const KEY_FLAGS = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Creates an authority with its files in the folder. */
export async function createAuthority(folder: string): Promise<CertificateAuthority> {
  mkdirSync(folder, { recursive: true });
  const openssl = (...args: readonly string[]): Promise<string> =>
    runChecked([programPath('openssl'), ...args]);
  const caFile = join(folder, 'ca.crt');
  const caKey = join(folder, 'ca.key');
  await openssl(
    'req',
    '-x509',
    ...KEY_FLAGS,
    '-days',
    '2',
    '-subj',
    '/CN=kubefigurator test',
    '-keyout',
    caKey,
    '-out',
    caFile,
  );
  let serial = 0;
  return {
    ca: readFileSync(caFile, 'utf8'),
    caFile,
    issue: async (names) => {
      serial += 1;
      const fileOf = (ending: string): string => join(folder, `issued-${String(serial)}.${ending}`);
      const [key, request, cert, extensions] = [fileOf('key'), fileOf('csr'), fileOf('crt'), fileOf('ext')];
      const alternatives = names.map((name) => (isIP(name) === 0 ? `DNS:${name}` : `IP:${name}`)).join(',');
      writeFileSync(extensions, `subjectAltName=${alternatives}\n`);
      await openssl(
        'req',
        '-new',
        ...KEY_FLAGS,
        '-subj',
        `/CN=${names[0] ?? ''}`,
        '-keyout',
        key,
        '-out',
        request,
      );
      const signing = ['-CA', caFile, '-CAkey', caKey, '-set_serial', String(1000 + serial), '-days', '2'];
      await openssl('x509', '-req', '-in', request, ...signing, '-extfile', extensions, '-out', cert);
      const issued = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
      for (const file of [key, request, cert, extensions]) rmSync(file);
      return issued;
    },
  };
}
