import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How the scripted server answers one request. */
export type Answer = (response: ServerResponse, query: URLSearchParams) => void;

/** One request that came in. */
export interface Seen {
  readonly kind: 'list' | 'watch';
  readonly query: URLSearchParams;
  /** By `performance.now()`. */
  readonly atMs: number;
}

/**
 * An HTTP server on loopback that does what a real API server can't be made to do on demand: cut a line in the
 * middle, stay silent, close at once, answer 429 to the third request.
 */
export interface ScriptedApi {
  readonly kubeconfig: string;
  readonly seen: readonly Seen[];
  /**
   * The answers, in order; the last one is repeated for ever. `watches` are for watches, and `lists` for all other
   * requests.
   */
  script: { lists: Answer[]; watches: Answer[] };
  readonly close: () => Promise<void>;
}

export async function startScriptedApi(script: ScriptedApi['script']): Promise<ScriptedApi> {
  const folder = mkdtempSync(join(tmpdir(), 'kubefigurator-api-'));
  const seen: Seen[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    const query = new URL(request.url ?? '', 'http://api').searchParams;
    const kind = query.get('watch') === 'true' ? 'watch' : 'list';
    seen.push({ kind, query, atMs: performance.now() });
    const answers = kind === 'watch' ? api.script.watches : api.script.lists;
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    answer?.(response, query);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigFor(`http://127.0.0.1:${port}`));
  const api: ScriptedApi = {
    kubeconfig,
    seen,
    script,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        rmSync(folder, { recursive: true, force: true });
      }),
  };
  return api;
}

function kubeconfigFor(server: string): string {
  return JSON.stringify({
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: { token: 't' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
}

/** An object as the API server would give it. */
export function object(name: string, version: number, labels: Record<string, string> = {}): object {
  return { metadata: { name, resourceVersion: String(version), labels } };
}

/** A complete list. */
export function list(version: number, ...items: readonly object[]): Answer {
  return page(version, items);
}

/** A page of a list; `next` is the continue token of the following one. */
export function page(version: number, items: readonly object[], next?: string): Answer {
  const metadata = { resourceVersion: String(version), ...(next === undefined ? {} : { continue: next }) };
  return (response) => response.end(JSON.stringify({ kind: 'NodeList', items, metadata }));
}

/** A refusal with a Status object. */
export function refuse(status: number, message: string, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, headers);
    response.end(JSON.stringify({ kind: 'Status', message, code: status }));
  };
}

/** An event of a watch, as a line. */
export function event(type: string, body: object): string {
  return `${JSON.stringify({ type, object: body })}\n`;
}

/** An ERROR event. */
export function errorEvent(code: number, message: string): string {
  return event('ERROR', { kind: 'Status', code, message });
}

/** A stream that begins with these lines and stays open. */
export function stream(...lines: readonly string[]): Answer {
  return (response) => {
    response.writeHead(200);
    response.flushHeaders();
    for (const line of lines) response.write(line);
  };
}

/** A stream that begins with these lines and is ended in order. */
export function streamThenEnd(...lines: readonly string[]): Answer {
  return (response) => {
    response.writeHead(200);
    response.end(lines.join(''));
  };
}

/** A stream whose connection is reset (TCP RST) after these lines. */
export function streamThenCut(...lines: readonly string[]): Answer {
  return (response) => {
    response.writeHead(200);
    response.write(lines.join(''), () => response.socket?.resetAndDestroy());
  };
}

/**
 * A stream whose connection is closed (TCP FIN) after these lines, before the end of the body, as a proxy in mode tcp
 * does.
 */
export function closeUncleanly(...lines: readonly string[]): Answer {
  return (response) => {
    response.writeHead(200);
    response.write(lines.join(''), () => response.socket?.destroy());
  };
}

/** A stream without lines that the server ends in order after this time. */
export function endAfter(ms: number): Answer {
  return (response) => {
    response.writeHead(200);
    response.flushHeaders();
    setTimeout(() => response.end(), ms);
  };
}

/** No answer at all. */
export const silence: Answer = () => undefined;
