import { createHash, type X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileTrouble, OperatorError, secret, type Secret } from '@kubefigurator/daemon';
import type { EtcdSettings } from './etcd-settings.ts';
import { assertKeyPair, certificateOfPem, type NamedFile } from './pem.ts';

/** Our identity in etcd and the authorities that we trust, as the files were when they were read. */
export interface Credentials {
  readonly ca: Buffer | undefined;
  readonly certificate: Buffer | undefined;
  readonly key: Secret | undefined;
  /** The name of our user in etcd: the given user, or the certificate's CN. */
  readonly user: string | undefined;
  readonly password: Secret | undefined;
  /** A hash over all files: it changes if the content of one changes. */
  readonly fingerprint: string;
}

/** Reads the credential files; throws an OperatorError that names the flag and the file. */
export function readEtcdCredentials(settings: EtcdSettings): Credentials {
  const ca = readOptional('etcd-ca-file', settings.etcdCaFile);
  const certificate = readOptional('etcd-client-cert-file', settings.etcdClientCertFile);
  const key = readOptional('etcd-client-key-file', settings.etcdClientKeyFile);
  const password = readOptional('etcd-password-file', settings.etcdPasswordFile);
  if (ca !== undefined) certificateOfPem(ca);
  const own = certificate === undefined ? undefined : certificateOfPem(certificate);
  if (certificate !== undefined && key !== undefined) assertKeyPair(certificate, key);
  return {
    ca: ca?.bytes,
    certificate: certificate?.bytes,
    key: asSecret(key?.bytes.toString('utf8')),
    user: settings.etcdUser ?? commonName(own),
    password: asSecret(password?.bytes.toString('utf8').replace(/\r?\n$/, '')),
    fingerprint: fingerprint([ca, certificate, key, password].map((file) => file?.bytes)),
  };
}

function asSecret(text: string | undefined): Secret | undefined {
  return text === undefined ? undefined : secret(text);
}

function readOptional(flag: string, path: string | undefined): NamedFile | undefined {
  if (path === undefined) return undefined;
  try {
    return { flag, path, bytes: readFileSync(path) };
  } catch (cause) {
    const reason = fileTrouble(cause, 'read');
    throw new OperatorError(`can't read ${path} (--${flag}): ${reason}`, { code: 'credentials', cause });
  }
}

function fingerprint(parts: readonly (Buffer | undefined)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part?.length ?? -1}:`).update(part ?? '');
  return hash.digest('hex');
}

function commonName(certificate: X509Certificate | undefined): string | undefined {
  return /^CN=(.*)$/m.exec(certificate?.subject ?? '')?.[1];
}
