import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileTrouble, OperatorError, secret, type Secret } from '@kubefigurator/daemon';
import type { EtcdSettings } from './etcd-settings.ts';

/** Who we are for etcd and whom we trust, as the files say at one moment. */
export interface Credentials {
  readonly ca: Buffer | undefined;
  readonly certificate: Buffer | undefined;
  readonly key: Secret | undefined;
  /** Who etcd takes us for: the given user, or the certificate's CN. */
  readonly user: string | undefined;
  readonly password: Secret | undefined;
  /** Differs when any file's content does. */
  readonly fingerprint: string;
}

/** Reads the credential files; throws OperatorError naming the flag and the file. */
export function readCredentials(settings: EtcdSettings): Credentials {
  const ca = readOptional('etcd-ca-file', settings.etcdCaFile);
  const certificate = readOptional('etcd-client-cert-file', settings.etcdClientCertFile);
  const key = readOptional('etcd-client-key-file', settings.etcdClientKeyFile);
  const password = readOptional('etcd-password-file', settings.etcdPasswordFile);
  return {
    ca,
    certificate,
    key: asSecret(key?.toString('utf8')),
    user: settings.etcdUser ?? commonName(certificate),
    password: asSecret(password?.toString('utf8').replace(/\r?\n$/, '')),
    fingerprint: fingerprint([ca, certificate, key, password]),
  };
}

function asSecret(text: string | undefined): Secret | undefined {
  return text === undefined ? undefined : secret(text);
}

function readOptional(flag: string, file: string | undefined): Buffer | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file);
  } catch (cause) {
    const reason = fileTrouble(cause, 'read');
    throw new OperatorError(`can't read ${file} (--${flag}): ${reason}`, { code: 'credentials', cause });
  }
}

function fingerprint(parts: readonly (Buffer | undefined)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part?.length ?? -1}:`).update(part ?? '');
  return hash.digest('hex');
}

/** The CN of a certificate; undefined where it has none or isn't one, which the connection will tell. */
function commonName(certificate: Buffer | undefined): string | undefined {
  if (certificate === undefined) return undefined;
  try {
    return /^CN=(.*)$/m.exec(new X509Certificate(certificate).subject)?.[1];
  } catch {
    return undefined;
  }
}
