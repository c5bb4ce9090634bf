import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAlarm, type Alarm } from './alarm.ts';
import { messageOfError, OperatorError } from './errors.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { parseHostPort } from './parse.ts';

/** True, or the reason why the check fails. */
export type Health = true | string;

export interface HealthOptions {
  /** `host:port`, or `off` for none. */
  readonly address: string;
  readonly metrics: Metrics;
  /** Whether a failed check answers with its reason, and a successful /readyz with the note. */
  readonly givesReasons: boolean;
  /** True unless the loop hangs; a failure of etcd or of the API server doesn't change it, since a restart wouldn't help. */
  readonly healthy: () => Health;
  readonly ready: () => Health;
  /** What is wrong although the program is ready; undefined if nothing is. */
  readonly note?: () => string | undefined;
  readonly log: Logger;
  /** The server closes when it is aborted. */
  readonly signal: AbortSignal;
}

export interface HealthServer {
  /** Address and port on which it listens; undefined if it is off. */
  readonly address: string | undefined;
  close(): Promise<void>;
}

/** Serves /metrics, /healthz and /readyz; throws OperatorError if it can't listen on the address. */
export async function serveHealth(options: HealthOptions): Promise<HealthServer> {
  if (options.address === 'off') return { address: undefined, close: () => Promise.resolve() };
  const metricsAlarm = createAlarm();
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
    void answer(request, response, { ...options, metricsAlarm });
  });
  server.maxConnections = 128;
  await listen(server, options.address);
  server.unref();
  server.on('error', (err) => options.log.warn({ err }, 'health.failed'));
  const close = (): Promise<void> => closeServer(server);
  options.signal.addEventListener('abort', () => void close(), { once: true });
  const address = addressOf(server);
  options.log.info({ address }, 'health.listening');
  return { address, close };
}

function listen(server: Server, address: string): Promise<void> {
  const parsed = parseHostPort(address);
  if (!('value' in parsed)) return Promise.reject(new OperatorError(`metrics address: ${parsed.reason}`));
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenFailure(address, error)));
    server.listen(parsed.value, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function listenFailure(address: string, error: NodeJS.ErrnoException): OperatorError {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'the port is already in use',
    EACCES: 'it needs more rights than this user has',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'the host name is not known',
  };
  const reason = reasons[error.code ?? ''] ?? error.message;
  const hint = 'give another --metrics-address, or off';
  return new OperatorError(`can't serve metrics and health on ${address}: ${reason}`, {
    hint,
    code: error.code,
    cause: error,
  });
}

function addressOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: HealthOptions & { readonly metricsAlarm: Alarm },
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'GET or HEAD\n');
  const path = (request.url ?? '').split('?')[0];
  if (path === '/healthz')
    return sendHealth(response, options.healthy, { givesReasons: options.givesReasons });
  if (path === '/readyz') return sendHealth(response, options.ready, options);
  if (path !== '/metrics') return send(response, 404, 'there are /metrics, /healthz and /readyz\n');
  try {
    send(response, 200, await options.metrics.text(), options.metrics.contentType);
    const level = options.metricsAlarm.end();
    if (level !== undefined) options.log[level]('metrics.recovered');
  } catch (err) {
    options.log[options.metricsAlarm.raise('warn', messageOfError(err))]({ err }, 'metrics.failed');
    send(response, 500, 'metrics failed; see the log\n');
  }
}

function sendHealth(
  response: ServerResponse,
  check: () => Health,
  { givesReasons, note }: Pick<HealthOptions, 'givesReasons' | 'note'>,
): void {
  const health = check();
  const wrong = givesReasons ? note?.() : undefined;
  if (health === true) send(response, 200, wrong === undefined ? 'ok\n' : `ok, but ${wrong}\n`);
  else send(response, 503, givesReasons ? `${health}\n` : 'no\n');
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
