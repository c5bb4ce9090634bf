import type { Io, Logger } from '@kubefigurator/daemon';
import { messageOfError, OperatorError, unlessStopped } from '@kubefigurator/daemon';
import type { ClusterSnapshot } from '@kubefigurator/translator';
import { type ApiSourceOptions, followApi, readApi, readUid } from './api/api-source.ts';
import { type ApiClient, openApiClient } from './api/client.ts';
import { followDisk, readDisk } from './manifests/disk-source.ts';
import { ManifestError } from './manifests/manifest-documents.ts';
import type { ClusterSource } from './source.ts';

/** Where the objects are observed. */
export interface SourceSettings {
  /** A file or folder of manifests; undefined for an API server. */
  readonly from: string | undefined;
  /** As in `AccessOptions`. */
  readonly kubeconfig: string | undefined;
  /** Only objects of these namespaces; empty for all. Nodes are always read. */
  readonly namespace: readonly string[];
}

export interface ObserveOptions {
  readonly settings: SourceSettings;
  readonly io: Io;
  readonly log: Logger;
}

export interface ObserveOnceOptions extends ObserveOptions {
  /** Keeps every Service, also those that change neither the config nor a diagnostic; false by default. */
  readonly everything?: boolean;
  /** Reads Namespaces too; false by default. Manifests are always read with their Namespaces. */
  readonly withNamespaces?: boolean;
}

/** Reads everything once; throws an OperatorError if any part can't be read or the program is asked to stop. */
export async function observeOnce(options: ObserveOnceOptions): Promise<ClusterSnapshot> {
  const { snapshot } = await unlessStopped(readOnce({ ...options, uid: 'unread' }), options.io.signal);
  return snapshot;
}

/** A snapshot with the cluster that it shows. */
export interface IdentifiedSnapshot {
  readonly snapshot: ClusterSnapshot;
  /** The cluster's uid, as in `ClusterSource`. */
  readonly uid: string | undefined;
}

/**
 * Like `observeOnce`, and reads the cluster's uid too, which a publication needs; with `if-allowed` it is undefined if it can't
 * be read.
 */
export function observeIdentified({
  uid = 'needed',
  ...options
}: ObserveOnceOptions & { readonly uid?: 'needed' | 'if-allowed' }): Promise<IdentifiedSnapshot> {
  return unlessStopped(readOnce({ ...options, uid }), options.io.signal);
}

async function readOnce(
  options: ObserveOnceOptions & { readonly uid: 'needed' | 'if-allowed' | 'unread' },
): Promise<IdentifiedSnapshot> {
  const { settings, io, log, everything = false, withNamespaces = false, uid } = options;
  const { from, namespace: namespaces } = settings;
  if (from !== undefined) {
    const snapshot = await readDisk({ from, namespaces, log, everything }).catch(asOperatorError);
    return { snapshot, uid: undefined };
  }
  const client = await clientFor(options);
  const { signal } = io;
  try {
    const snapshot = await readApi({ client, namespaces, log, signal, everything, withNamespaces });
    if (uid === 'unread') return { snapshot, uid: undefined };
    const reading = readUid({ client, signal });
    return { snapshot, uid: await (uid === 'needed' ? reading : reading.catch(() => undefined)) };
  } catch (error) {
    return unobservable(client, error);
  }
}

/** Observes until the program is asked to stop; throws an OperatorError if there is no usable kubeconfig. */
export async function observe(
  options: ObserveOptions & Pick<ApiSourceOptions, 'onListedRecord'> & { readonly onChange: () => void },
): Promise<ClusterSource> {
  const { settings, io, log, onChange, onListedRecord } = options;
  const { from, namespace: namespaces } = settings;
  const { signal } = io;
  if (from !== undefined) return followDisk({ from, namespaces, onChange, log, signal });
  const client = await clientFor(options);
  return followApi({ client, namespaces, onChange, onListedRecord, log, signal });
}

/** A client for the API server of the settings; rejects with an OperatorError if there is no usable kubeconfig. */
export function clientFor({
  settings,
  io,
  log,
}: Pick<ObserveOptions, 'settings' | 'io' | 'log'>): Promise<ApiClient> {
  const { env, signal } = io;
  return openApiClient({ kubeconfig: settings.kubeconfig, env, log, signal });
}

function asOperatorError(error: unknown): never {
  if (error instanceof ManifestError) throw new OperatorError(error.message, { cause: error });
  throw error;
}

const CHECK_SERVER = 'check that it runs, and that the kubeconfig has the right address for it';
const UNTRUSTED = "its certificate isn't from an authority that the kubeconfig names";
const CHECK_CA = 'correct certificate-authority or certificate-authority-data in the kubeconfig';
/** By error code of Node or OpenSSL: the reason in plain words, and what to do. */
const UNREACHABLE: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  ECONNREFUSED: ['connection refused', CHECK_SERVER],
  ENOTFOUND: ['the host name is not known', CHECK_SERVER],
  EAI_AGAIN: ['the host name is not known', CHECK_SERVER],
  EHOSTUNREACH: ['no route to the host', CHECK_SERVER],
  ENETUNREACH: ['no route to the host', CHECK_SERVER],
  EPROTO: ["it doesn't speak TLS there", CHECK_SERVER],
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: [
    'the client-key belongs to another certificate than the client-certificate',
    'correct the kubeconfig',
  ],
  CERT_HAS_EXPIRED: ['its certificate has expired', 'renew it'],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'its certificate is for another name',
    'give a name of its certificate as server or tls-server-name in the kubeconfig',
  ],
  DEPTH_ZERO_SELF_SIGNED_CERT: [UNTRUSTED, CHECK_CA],
  SELF_SIGNED_CERT_IN_CHAIN: [UNTRUSTED, CHECK_CA],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [UNTRUSTED, CHECK_CA],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [UNTRUSTED, CHECK_CA],
};

/** Throws an OperatorError that says why the API server couldn't be read. */
export function unobservable({ server }: Pick<ApiClient, 'server'>, cause: unknown): never {
  const { code = '' } = (cause ?? {}) as NodeJS.ErrnoException;
  // Our own errors, about a credential, a certificate or a proxy, already say what is wrong and what to do.
  const isOurs = cause instanceof OperatorError;
  const [reason, hint] = isOurs
    ? [cause.message, cause.hint]
    : (UNREACHABLE[code] ?? [messageOfError(cause)]);
  throw new OperatorError(`can't read from the API server ${server}: ${reason}`, { hint, cause });
}
