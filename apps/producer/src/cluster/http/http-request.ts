import type { IncomingMessage, RequestOptions } from 'node:http';
import http from 'node:http';
import https from 'node:https';
import { messageOfError, OperatorError } from '@kubefigurator/daemon';
import type { Proxy } from './proxy.ts';

const ANSWER_LIMIT_MS = 10_000;
const KEEP_ALIVE_MS = 10_000;

export interface HttpRequest {
  readonly url: URL;
  readonly options: RequestOptions;
  readonly body?: Buffer | undefined;
  /** The proxy that the agent of the options goes through, for messages. */
  readonly proxy: Proxy | undefined;
}

/** Sends a request and gives the response as soon as its headers are there; throws if they don't come within 10 s. */
export function sendRequest({ url, options, body, proxy }: HttpRequest): Promise<IncomingMessage> {
  const { request } = url.protocol === 'http:' ? http : https;
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (response) => {
      clearTimeout(limit);
      resolve(response);
    });
    const limit = setTimeout(
      () => sent.destroy(new Error(`no answer within ${ANSWER_LIMIT_MS / 1000} s`)),
      ANSWER_LIMIT_MS,
    );
    sent.on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS));
    sent.on('error', (error) => {
      clearTimeout(limit);
      reject(proxy === undefined ? error : explainProxyError(error, proxy, url));
    });
    sent.end(body);
  });
}

/** What the codes of Node mean if the connection was one to a proxy. */
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

const ANSWERS: Readonly<Record<string, string>> = {
  '403': 'forbids it',
  '405': 'allows no CONNECT',
  '407': 'wants a user and a password, which its URL may hold',
  '502': "can't reach the server",
  '503': "can't reach the server",
  '504': "can't reach the server",
};

/** An error that names the proxy: without it nobody looks there first. */
export function explainProxyError(error: Error, proxy: Proxy, url: URL): Error {
  const { code = '', name } = error as NodeJS.ErrnoException;
  if (name === 'AbortError' || code === 'ABORT_ERR') return error;
  const [, answer] = /^Bad response: (\d+)$/.exec(error.message) ?? [];
  const server = `${url.protocol}//${url.host}`;
  const reason =
    answer === undefined
      ? UNREACHABLE[code]
      : `answers ${answer} to CONNECT${ANSWERS[answer] === undefined ? '' : `: it ${ANSWERS[answer]}`}`;
  const message =
    reason === undefined
      ? `${messageOfError(error)} (through the proxy ${proxy.label})`
      : `the proxy ${proxy.label} on the way to ${server} ${reason}`;
  return new OperatorError(message, { hint: proxy.setting, code: 'proxy', cause: error });
}
