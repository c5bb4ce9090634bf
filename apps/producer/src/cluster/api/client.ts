import { existsSync } from 'node:fs';
import type { IncomingMessage, RequestOptions } from 'node:http';
import http from 'node:http';
import https from 'node:https';
import { delimiter, join } from 'node:path';
import { fileTrouble, OperatorError } from '@kubefigurator/daemon';
import type { KubeConfig } from '@kubernetes/client-node';
import { refusal } from './api-error.ts';
import { readText } from './body.ts';

const CONNECT_LIMIT_MS = 10_000;
const KEEP_ALIVE_MS = 10_000;
/** The body of the answer to a POST isn't used, but has to be read so that the connection is released. */
const CREATED_LIMITS = { limitBytes: 4 * 1024 * 1024, idleMs: 5_000 };
const NAME_ANOTHER = 'name a kubeconfig with --kubeconfig or $KUBECONFIG, or manifests with --from';
const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** Requests to an API server with the current credentials. */
export interface ApiClient {
  /** The API server's address, for messages. */
  readonly server: string;
  /**
   * Sends a GET request and gives the response if its status is 200; the caller reads the body.
   * Throws an `ApiError` for another status, and an Error if the connection fails or there is no answer within 10 s.
   */
  readonly get: (path: string, signal: AbortSignal) => Promise<IncomingMessage>;
  /** Creates an object in a collection; throws like `get`. */
  readonly create: (path: string, object: object, signal: AbortSignal) => Promise<void>;
}

export interface ClientOptions {
  /** A kubeconfig file; empty for the Pod's own service account; undefined for `$KUBECONFIG` and `~/.kube/config`. */
  readonly kubeconfig: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Creates the client and sends no request; throws an OperatorError if there is no usable kubeconfig. */
export async function openClient(options: ClientOptions): Promise<ApiClient> {
  // Imported here and not above: loading the package takes 0.2 s, which `--from` doesn't need.
  const { KubeConfig } = await import('./kube-config.ts');
  const load = (): KubeConfig => loadConfig(new KubeConfig(), () => new KubeConfig(), options);
  let config = load();
  const server = serverOf(config);

  async function ask(path: string, signal: AbortSignal, object?: object): Promise<IncomingMessage> {
    const body = object === undefined ? undefined : Buffer.from(JSON.stringify(object));
    const request: RequestOptions = {
      method: body === undefined ? 'GET' : 'POST',
      headers: { Accept: 'application/json', 'User-Agent': 'kubefigurator-producer', ...headersOf(body) },
    };
    await config.applyToHTTPSOptions(request);
    const response = await send(new URL(server + path), { ...request, signal }, body);
    if (response.statusCode === (body === undefined ? 200 : 201)) return response;
    // The kubeconfig may have been rewritten, or an exec plugin's token may have been revoked before it expired.
    if (response.statusCode === 401) config = reload(load, config);
    throw await refusal(response, path);
  }

  return {
    server,
    get: (path, signal) => ask(path, signal),
    create: async (path, object, signal) => {
      const response = await ask(path, signal, object);
      await readText(response, CREATED_LIMITS);
    },
  };
}

function loadConfig(config: KubeConfig, another: () => KubeConfig, options: ClientOptions): KubeConfig {
  const files =
    options.kubeconfig === undefined ? usualFiles(options.env) : [options.kubeconfig].filter(Boolean);
  const [first, ...others] = files;
  try {
    if (first === undefined) loadServiceAccount(config, options);
    else config.loadFromFile(first);
    for (const file of others) {
      const merged = another();
      merged.loadFromFile(file);
      config.mergeConfig(merged, true);
    }
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(`can't read the kubeconfig ${files.join(', ')}: ${fileTrouble(error, 'read')}`, {
      hint: NAME_ANOTHER,
      cause: error,
    });
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null)
    throw new OperatorError(`the kubeconfig ${files.join(', ')} has no current context with a cluster`, {
      hint: 'choose one with `kubectl config use-context`',
    });
  // client-node 1.4 refuses plain HTTP unless verification is off; plain HTTP has no certificate to verify.
  if (!cluster.server.startsWith('http:') || cluster.skipTLSVerify === true) return config;
  const plain = { ...cluster, skipTLSVerify: true };
  config.clusters = config.clusters.map((one) => (one === cluster ? plain : one));
  return config;
}

/** `$KUBECONFIG`, then `~/.kube/config`; none means the Pod's service account. */
function usualFiles(env: ClientOptions['env']): readonly string[] {
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter(Boolean);
  if (named.length > 0) return named;
  const home = env['HOME'] ?? '';
  const file = join(home, '.kube', 'config');
  return home !== '' && existsSync(file) ? [file] : [];
}

function loadServiceAccount(config: KubeConfig, { env, kubeconfig }: ClientOptions): void {
  if (env['KUBERNETES_SERVICE_HOST'] !== undefined && existsSync(SERVICE_ACCOUNT_TOKEN))
    return config.loadFromCluster();
  throw new OperatorError(
    kubeconfig === ''
      ? 'this is not a Pod with a service account'
      : 'there is no kubeconfig and no service account here',
    { hint: NAME_ANOTHER },
  );
}

function serverOf(config: KubeConfig): string {
  return (config.getCurrentCluster()?.server ?? '').replace(/\/+$/, '');
}

function reload(load: () => KubeConfig, current: KubeConfig): KubeConfig {
  try {
    const fresh = load();
    return serverOf(fresh) === serverOf(current) ? fresh : current;
  } catch {
    return current;
  }
}

function headersOf(body: Buffer | undefined): Readonly<Record<string, string>> {
  if (body === undefined) return {};
  return { 'Content-Type': 'application/json', 'Content-Length': String(body.length) };
}

function send(url: URL, options: RequestOptions, body?: Buffer): Promise<IncomingMessage> {
  const { request } = url.protocol === 'http:' ? http : https;
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (response) => {
      clearTimeout(limit);
      resolve(response);
    });
    const limit = setTimeout(
      () => sent.destroy(new Error(`no answer within ${CONNECT_LIMIT_MS / 1000} s`)),
      CONNECT_LIMIT_MS,
    );
    sent.on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS));
    sent.on('error', (error) => {
      clearTimeout(limit);
      reject(error);
    });
    sent.end(body);
  });
}
