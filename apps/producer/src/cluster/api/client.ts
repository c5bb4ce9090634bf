import type { IncomingMessage } from 'node:http';
import { addressWithoutUserInfo, type Logger } from '@kubefigurator/daemon';
import { readBodyText } from '../http/body.ts';
import { sendRequest } from '../http/http-request.ts';
import { proxyFor } from '../http/proxy.ts';
import type { Access } from '../kubeconfig/choose-access.ts';
import type { CredentialSource } from '../kubeconfig/credential.ts';
import { openCredentials } from '../kubeconfig/credentials.ts';
import { readTlsMaterial } from '../kubeconfig/pem.ts';
import { type AccessOptions, readAccess } from '../kubeconfig/read-access.ts';
import { requestOptions } from '../kubeconfig/request-options.ts';
import { readApiError } from './api-error.ts';

/** The answer to a POST isn't used; its body is read nevertheless, since that releases the connection. */
const CREATED_LIMITS = { limitBytes: 4 * 1024 * 1024, idleMs: 5_000 };
/** An option of `net.Socket`, in bytes: reading stops while as many wait to be taken. */
const NO_BUFFER = { highWaterMark: 1 };
const HEADERS = { Accept: 'application/json', 'User-Agent': 'kubefigurator-producer' };

/** How the body of an answer is read. */
export interface BodyReading {
  /** False: what arrives stays in the kernel until the body is asked for more, so that it wakes us once at most. True by default. */
  readonly readsAhead: boolean;
}

/** Requests to an API server with the current credentials. */
export interface ApiClient {
  /** The API server's address without user and password, for messages. */
  readonly server: string;
  /**
   * Sends a GET request and gives the response if its status is 200; the caller reads the body.
   * Throws an `ApiError` for another status, an `OperatorError` if there is no credential or the proxy fails, and
   * another Error if the connection fails or there is no answer within 10 s after the request was sent.
   */
  readonly get: (path: string, signal: AbortSignal, reading?: BodyReading) => Promise<IncomingMessage>;
  /** Creates an object in a collection; throws like `get`. */
  readonly create: (path: string, object: object, signal: AbortSignal) => Promise<void>;
}

export interface ClientOptions extends AccessOptions {
  readonly log: Logger;
  /** Stops the sources of credentials, such as a plugin that waits until a person has signed in. */
  readonly signal: AbortSignal;
}

/** Creates the client without sending a request; throws an OperatorError if there is no usable kubeconfig. */
export async function openApiClient(options: ClientOptions): Promise<ApiClient> {
  const { env } = options;
  // Imported here and not above: loading the package takes 0.2 s, which `--from` doesn't need.
  const { KubeConfig } = await import('../kubeconfig/client-node.ts');
  const load = (): Identity => {
    const access = readAccess(options);
    // Files of keys and certificates that can't be read stop the program at its start, and not with the first
    // request.
    readTlsMaterial(access);
    return { access, credentials: openCredentials({ ...options, access, KubeConfig }) };
  };
  let identity = load();
  const { server } = identity.access.cluster;

  /** A GET request, or a POST request with `object` as its body. */
  async function ask(
    path: string,
    signal: AbortSignal,
    { object, readsAhead = true }: Partial<BodyReading> & { readonly object?: object } = {},
  ): Promise<IncomingMessage> {
    const body = object === undefined ? undefined : Buffer.from(JSON.stringify(object));
    const used = identity;
    const { access, credentials } = used;
    const proxy = proxyFor(server, { proxyUrl: access.cluster.proxyUrl, env });
    const credential = await unlessAborted(credentials.current(), signal);
    const { headers, ...request } = await requestOptions(KubeConfig, { access, credential, proxy });
    const url = new URL(server + path);
    const response = await sendRequest({
      url,
      options: {
        ...request,
        method: body === undefined ? 'GET' : 'POST',
        headers: { ...HEADERS, ...headersOf(body), ...headers },
        signal,
        ...(readsAhead ? {} : NO_BUFFER),
      },
      body,
      proxy,
    });
    const success = body === undefined ? 200 : 201;
    if (response.statusCode === success) return response;
    // The kubeconfig may have been rewritten, or a plugin's token may have been revoked before it expired.
    // If several requests are refused at the same time, the first one reloads: the others see another identity.
    if (response.statusCode === 401 && identity === used) identity = reload(load, used);
    throw await readApiError(response, url);
  }

  return {
    server: addressWithoutUserInfo(server),
    get: (path, signal, reading) => ask(path, signal, reading),
    create: async (path, object, signal) => {
      const response = await ask(path, signal, { object });
      await readBodyText(response, CREATED_LIMITS);
    },
  };
}

/** Who we are for the API server, as the kubeconfig says it at the moment. */
interface Identity {
  readonly access: Access;
  readonly credentials: CredentialSource;
}

/** The identity that the kubeconfig gives now; the current one if it can't be read or names another server. */
function reload(load: () => Identity, current: Identity): Identity {
  try {
    const fresh = load();
    // The client goes on with the server that it was opened with, and that must not get the credentials for another
    // one.
    return fresh.access.cluster.server === current.access.cluster.server ? fresh : current;
  } catch {
    return current;
  }
}

/** Stops waiting when the signal is aborted: a credential may take as long as a person needs to sign in. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new Error('the request was given up'));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function headersOf(body: Buffer | undefined): Readonly<Record<string, string>> {
  if (body === undefined) return {};
  return { 'Content-Type': 'application/json', 'Content-Length': String(body.length) };
}
