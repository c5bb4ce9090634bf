import { readFileSync } from 'node:fs';
import { fileTrouble, OperatorError, revealSecret } from '@kubefigurator/daemon';
import type { Access } from './choose-access.ts';

/** Where a PEM is: in a file, or in the kubeconfig itself. */
interface Source {
  readonly file: string | undefined;
  /** Base64. */
  readonly data: string | undefined;
  /** Names it in messages, such as `certificate-authority`. */
  readonly field: string;
  readonly owner: string;
  readonly kubeconfig: string;
  readonly block: 'CERTIFICATE' | 'PRIVATE KEY';
}

/** What TLS needs, as PEM. A part is undefined if the kubeconfig doesn't name it; `ca` also if the server isn't verified. */
export interface TlsMaterial {
  readonly ca: string | undefined;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

/** Reads the certificates and the key of a kubeconfig; throws OperatorError at the first that can't be used. */
export function readTlsMaterial({ cluster, user }: Access): TlsMaterial {
  const ofCluster = { owner: `cluster "${cluster.name}"`, kubeconfig: cluster.file };
  const ofUser = { owner: `user "${user.name}"`, kubeconfig: user.file };
  return {
    ca: cluster.insecure
      ? undefined
      : readPem({
          ...ofCluster,
          file: cluster.caFile,
          data: cluster.caData,
          field: 'certificate-authority',
          block: 'CERTIFICATE',
        }),
    certificate: readPem({
      ...ofUser,
      file: user.certFile,
      data: user.certData,
      field: 'client-certificate',
      block: 'CERTIFICATE',
    }),
    key: readPem({
      ...ofUser,
      file: user.keyFile,
      data: user.keyData === undefined ? undefined : revealSecret(user.keyData),
      field: 'client-key',
      block: 'PRIVATE KEY',
    }),
  };
}

/** The PEM of a source; undefined if it has neither data nor a file. Data comes before a file, as in kubectl. */
export function readPem(source: Source): string | undefined {
  const { file, data, field, owner, kubeconfig } = source;
  if (data !== undefined) {
    const place = `${field}-data of ${owner} in the kubeconfig ${kubeconfig}`;
    return checked(decodeBase64(data, field, place), source.block, place);
  }
  if (file === undefined) return undefined;
  const place = `${file}, the ${field} of ${owner} in the kubeconfig ${kubeconfig}`;
  try {
    return checked(readFileSync(file, 'utf8'), source.block, place);
  } catch (cause) {
    if (cause instanceof OperatorError) throw cause;
    throw new OperatorError(`can't read ${place}: ${fileTrouble(cause, 'read')}`, {
      hint: 'correct the kubeconfig, which names that file',
      cause,
    });
  }
}

/** Decodes base64, and throws if there is anything else in the data, which Node's own decoder skips. */
function decodeBase64(data: string, field: string, place: string): string {
  const compact = data.replace(/\s+/g, '');
  if (/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(compact))
    return Buffer.from(compact, 'base64').toString('utf8');
  const isPem = data.includes('-----BEGIN');
  throw new OperatorError(`${place} isn't base64${isPem ? ', but PEM itself' : ''}`, {
    hint: `encode the PEM file with \`base64 -w0\`, or name the file with ${field}`,
  });
}

/** The same text if it holds such a PEM block; throws OperatorError otherwise. */
function checked(pem: string, block: Source['block'], place: string): string {
  if (new RegExp(`-----BEGIN [A-Z0-9 ]*${block}-----`).test(pem)) return pem;
  const what = block === 'CERTIFICATE' ? 'certificate' : 'private key';
  throw new OperatorError(`${place} holds no ${what} in PEM`, {
    hint: `give a file that begins with -----BEGIN ${block}-----`,
  });
}
