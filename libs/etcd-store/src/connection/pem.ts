import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { OperatorError } from '@kubefigurator/daemon';

/** The content of a credential file, with what a message names it by. */
export interface NamedFile {
  /** The flag without its dashes. */
  readonly flag: string;
  readonly path: string;
  readonly bytes: Buffer;
}

/** The first certificate of a PEM file. Throws OperatorError for anything else, since TLS ignores it without an error. */
export function certificateOfPem(file: NamedFile): X509Certificate {
  if (!file.bytes.includes('-----BEGIN ')) throw useless(file, 'is no PEM certificate');
  try {
    return new X509Certificate(file.bytes);
  } catch (cause) {
    throw useless(file, 'is no PEM certificate', cause);
  }
}

/** The key of a PEM file without a passphrase; throws OperatorError. */
export function parsePrivateKey(file: NamedFile): KeyObject {
  if (!file.bytes.includes('-----BEGIN ')) throw useless(file, 'is no PEM key');
  if (file.bytes.includes('ENCRYPTED')) throw useless(file, 'has a passphrase; give the key without one');
  try {
    return createPrivateKey(file.bytes);
  } catch (cause) {
    throw useless(file, 'is no PEM key', cause);
  }
}

/** Throws OperatorError if the key doesn't belong to the certificate. */
export function assertKeyPair(certificate: NamedFile, key: NamedFile): void {
  if (certificateOfPem(certificate).checkPrivateKey(parsePrivateKey(key))) return;
  throw useless(key, `isn't the key of ${certificate.path} (--${certificate.flag})`);
}

function useless({ flag, path }: NamedFile, what: string, cause?: unknown): OperatorError {
  return new OperatorError(`${path} (--${flag}) ${what}`, { code: 'credentials', cause });
}
