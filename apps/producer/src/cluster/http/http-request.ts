import type { IncomingMessage, RequestOptions } from 'node:http';
import http from 'node:http';
import https from 'node:https';
import { messageOfError, OperatorError } from '@kubefigurator/daemon';
import type { Proxy } from './proxy.ts';

const ANSWER_LIMIT_MS = 10_000;
/** TCP probes begin after this time without data, so that a half-open connection is noticed. */
const KEEP_ALIVE_MS = 10_000;

export interface HttpRequest {
  readonly url: URL;
  readonly options: RequestOptions;
  readonly body?: Buffer | undefined;
  /** The proxy that the agent of `options` uses; here it is only named in errors. */
  readonly proxy: Proxy | undefined;
}

/**
 * Sends a request and gives the response as soon as its headers are there. Rejects if they don't come within 10 s, and
 * with the error of `explainProxyError` if there is a proxy.
 */
export function sendRequest({ url, options, body, proxy }: HttpRequest): Promise<IncomingMessage> {
  const { request } = url.protocol === 'http:' ? http : https;
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (response) => {
      clearTimeout(timer);
      resolve(response);
    });
    const timer = setTimeout(
      () => sent.destroy(new Error(`no answer within ${ANSWER_LIMIT_MS / 1000} s`)),
      ANSWER_LIMIT_MS,
    );
    sent.on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS));
    sent.on('error', (error) => {
      clearTimeout(timer);
      reject(proxy === undefined ? error : explainProxyError(error, proxy, url));
    });
    sent.end(body);
  });
}

/** By error code of Node: what it means for a connection to a proxy. */
const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: "can't be reached: connection refused",
  ENOTFOUND: "can't be reached: its host name is not known",
  EAI_AGAIN: "can't be reached: its host name is not known",
  EHOSTUNREACH: "can't be reached: no route to the host",
  ENETUNREACH: "can't be reached: no route to the host",
  ETIMEDOUT: "can't be reached: no answer",
  EPROTO: "doesn't speak the protocol of its URL, or the server behind it speaks no TLS",
  ECONNRESET: 'cut the connection, or the server behind it did',
};

/** By HTTP status: what a proxy that refuses CONNECT means by it. */
const CONNECT_REFUSALS: Readonly<Record<string, string>> = {
  '403': 'forbids it',
  '405': 'allows no CONNECT',
  '407': 'wants a user and a password, which its URL may hold',
  '502': "can't reach the server",
  '503': "can't reach the server",
  '504': "can't reach the server",
};

/** The same failure as an error that names the proxy, since few users look there first; an aborted request stays as it is. */
export function explainProxyError(error: Error, proxy: Proxy, url: URL): Error {
  const { code = '', name } = error as NodeJS.ErrnoException;
  if (name === 'AbortError' || code === 'ABORT_ERR') return error;
  // The proxy agent's words if the answer to CONNECT isn't 200.
  const [, status] = /^Bad response: (\d+)$/.exec(error.message) ?? [];
  const server = `${url.protocol}//${url.host}`;
  const reason = status === undefined ? UNREACHABLE[code] : describeRefusal(status);
  const message =
    reason === undefined
      ? `${messageOfError(error)} (through the proxy ${proxy.label})`
      : `the proxy ${proxy.label} on the way to ${server} ${reason}`;
  return new OperatorError(message, { hint: proxy.setting, code: 'proxy', cause: error });
}

function describeRefusal(status: string): string {
  const meaning = CONNECT_REFUSALS[status];
  return `answers ${status} to CONNECT${meaning === undefined ? '' : `: it ${meaning}`}`;
}
