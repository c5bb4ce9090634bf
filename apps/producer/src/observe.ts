import type { Io, Logger } from '@kubefigurator/daemon';
import { fileTrouble, messageOf, OperatorError, unlessStopped } from '@kubefigurator/daemon';
import type { ClusterSnapshot } from '@kubefigurator/translator';
import { followApi, readApi } from './cluster/api-source.ts';
import { type ApiClient, openClient } from './cluster/client.ts';
import { followDisk, readDisk } from './cluster/disk-source.ts';
import { ManifestError } from './cluster/manifest-documents.ts';
import type { ClusterSource } from './cluster/source.ts';
import type { SourceSettings } from './settings.ts';

export interface ObserveOptions {
  readonly settings: SourceSettings;
  readonly io: Io;
  readonly log: Logger;
}

/** One complete look; throws an OperatorError when any part of it can't be had, or the program is told to stop. */
export function observeOnce(options: ObserveOptions): Promise<ClusterSnapshot> {
  return unlessStopped(lookOnce(options), options.io.signal);
}

async function lookOnce({ settings, io, log }: ObserveOptions): Promise<ClusterSnapshot> {
  const { from, namespace: namespaces } = settings;
  if (from !== undefined) return readDisk({ from, namespaces, log }).catch(asOperatorError);
  const client = await clientFor(settings, io);
  const { signal } = io;
  return readApi({ client, namespaces, log, signal }).catch((error: unknown) => unobservable(client, error));
}

/** Observes until the program is asked to stop; throws an OperatorError when it can't even begin. */
export async function observe(
  options: ObserveOptions & { readonly onChange: () => void },
): Promise<ClusterSource> {
  const { settings, io, log, onChange } = options;
  const { from, namespace: namespaces } = settings;
  const { signal } = io;
  if (from !== undefined) return followDisk({ from, namespaces, onChange, log, signal });
  const client = await clientFor(settings, io);
  return followApi({ client, namespaces, onChange, log, signal });
}

function clientFor({ kubeconfig }: SourceSettings, { env }: Io): Promise<ApiClient> {
  return openClient({ kubeconfig, env });
}

function asOperatorError(error: unknown): never {
  if (error instanceof ManifestError) throw new OperatorError(error.message, { cause: error });
  throw error;
}

const CHECK_SERVER = 'check that it runs, and that the kubeconfig has the right address for it';
/** Node's and OpenSSL's codes in plain words, with what to do. */
const UNREACHABLE: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  ECONNREFUSED: ['connection refused', CHECK_SERVER],
  ENOTFOUND: ['the host name is not known', CHECK_SERVER],
  EAI_AGAIN: ['the host name is not known', CHECK_SERVER],
  EHOSTUNREACH: ['no route to the host', CHECK_SERVER],
  ENETUNREACH: ['no route to the host', CHECK_SERVER],
  EPROTO: ["it doesn't speak TLS there", CHECK_SERVER],
};

function unobservable({ server }: ApiClient, cause: unknown): never {
  const { code = '', syscall, path } = (cause ?? {}) as NodeJS.ErrnoException;
  if (syscall === 'open' && path !== undefined) {
    const hint = 'correct the kubeconfig, which names that file';
    throw new OperatorError(`can't read ${path}: ${fileTrouble(cause, 'read')}`, { hint, cause });
  }
  const [reason, hint] = UNREACHABLE[code] ?? [messageOf(cause)];
  throw new OperatorError(`can't read from the API server ${server}: ${reason}`, { hint, cause });
}
