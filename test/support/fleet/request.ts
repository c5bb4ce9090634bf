import type { IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect } from 'node:net';
import type { EchoAnswer } from './nodes-protocol.ts';
import type { WaitResult, WaitOptions } from '../sandbox/wait.ts';
import { waitFor } from '../sandbox/wait.ts';

export interface Question {
  /** The host's own address. */
  readonly address: string;
  readonly port: number;
  /** The Host header, and the SNI name. */
  readonly host: string;
  readonly path?: string;
  readonly method?: string;
  /** PEM of the authority that signed the certificate; if given, the request uses TLS. */
  readonly ca?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly limitMs?: number;
}

/** An answer; if none came, its status is 0 and `error` gives the reason. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
  readonly error?: string;
  /** The node's answer, if a node answered. */
  readonly echo?: EchoAnswer;
}

/** Sends one request over a new connection; never throws. */
export function ask(question: Question): Promise<Answer> {
  const limitMs = question.limitMs ?? 2000;
  return new Promise((resolve) => {
    const options: RequestOptions = {
      host: question.address,
      port: question.port,
      path: question.path ?? '/',
      method: question.method ?? 'GET',
      headers: { host: question.host, ...question.headers },
      agent: false,
      timeout: limitMs,
    };
    const fail = (error: string): void => {
      resolve({ status: 0, body: '', headers: {}, error });
    };
    const readResponse = (response: IncomingMessage): void => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', (error) => {
        fail(error.message);
      });
      response.on('end', () => {
        resolve(readAnswer(response, Buffer.concat(chunks).toString('utf8')));
      });
    };
    const sent =
      question.ca === undefined
        ? requestHttp(options, readResponse)
        : requestHttps({ ...options, ca: question.ca, servername: question.host }, readResponse);
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${String(limitMs)} ms`)));
    sent.on('error', (error: NodeJS.ErrnoException) => {
      fail(error.code ?? error.message);
    });
    sent.end();
  });
}

function readAnswer(response: IncomingMessage, body: string): Answer {
  const { statusCode = 0, headers } = response;
  // Only nodes send this header.
  if (headers['x-node'] === undefined) return { status: statusCode, body, headers };
  // A long answer repeats the same line, so the first one is enough.
  return { status: statusCode, body, headers, echo: JSON.parse(body.split('\n')[0] ?? '') as EchoAnswer };
}

/** Connects over plain TCP and returns the node's line, `<node> <node port>`, or an empty text without an answer. */
export function askTcp(address: string, port: number, limitMs = 2000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: limitMs });
    let text = '';
    socket.on('connect', () => socket.write('who\n'));
    socket.on('data', (chunk) => {
      text += String(chunk);
      if (text.includes('\n')) socket.destroy();
    });
    socket.on('timeout', () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      resolve(text.split('\n')[0] ?? '');
    });
  });
}

/** Describes an answer in one line, for messages. */
export function formatAnswer(answer: Answer): string {
  if (answer.error !== undefined) return answer.error;
  if (answer.echo === undefined) return `status ${String(answer.status)}`;
  const { node, port, host, from } = answer.echo;
  return `status ${String(answer.status)} from ${node}:${String(port)} for ${host} through ${from}`;
}

/** Repeats the request until the answer is right; returns the answer, and how many milliseconds that took. */
export async function waitForAnswer(
  question: Question,
  isRight: (answer: Answer) => boolean,
  options: WaitOptions = {},
): Promise<{ readonly answer: Answer; readonly ms: number }> {
  const started = performance.now();
  const check = async (): Promise<WaitResult<Answer>> => {
    const answer = await ask(question);
    return isRight(answer) ? { done: answer } : { pending: formatAnswer(answer) };
  };
  const what = `${question.address}:${String(question.port)} answers for ${question.host} as expected`;
  const answer = await waitFor(what, check, { everyMs: 5, ...options });
  return { answer, ms: performance.now() - started };
}

/**
 * Returns a check: whether an answer came through the host that was asked, for this name, from the node port and one
 * of the nodes.
 */
export function servedBy(
  question: Question,
  expected: { readonly nodePort: number; readonly nodes: readonly string[] },
) {
  return ({ status, echo }: Answer): boolean =>
    status === 200 &&
    echo !== undefined &&
    echo.from === question.address &&
    echo.host === question.host &&
    echo.port === expected.nodePort &&
    expected.nodes.includes(echo.node);
}
