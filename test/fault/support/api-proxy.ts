import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Agent, createServer, request } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { CertificateAuthority } from '../../support/fleet/certificates.ts';
import { BRIDGE_ADDRESS } from '../../support/sandbox/network.ts';

/** What the proxy answers instead of the API server. */
export interface Refusal {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
}

/**
 * A fake between the producer and the real API server: it forwards everything, unless a test
 * makes it behave as a faulty API server or network can.
 */
export interface ApiProxy {
  readonly url: string;
  /** Requests so far, as `GET <path and query>`, with the time of `performance.now()`. */
  requests(): readonly { readonly what: string; readonly at: number }[];
  /** Refuses every request and resets the open connections, until `pass`. */
  refuse(refusal: Refusal): void;
  /** Resets the open connections, and ends every new watch at once with an empty 200, until `pass`. */
  endWatches(): void;
  /** Changes the objects of every list (not of a watch) until `pass`. */
  answer(change: ListChange): void;
  /** Gives this as the uid of the Namespace kube-system, by which a cluster is known, until `pass`. */
  identifyAs(uid: string): void;
  pass(): void;
  /** Sends the error 410 (the resource version is too old) in every open watch, and leaves the watches open. */
  expire(): void;
  /** Stops all data on the open connections without closing them. */
  freeze(): void;
  /** Runs once before the next request that matches; the request is refused if `run` returns a refusal. */
  before(matches: RegExp, run: Interlude): void;
  close(): Promise<void>;
}

/** An object of a list, as the API server sends it. */
export interface ListedObject {
  readonly metadata: { readonly name: string };
}

/** Gives other objects for those of a list; the collection is `services` or `nodes`. */
export type ListChange = (collection: string, items: readonly ListedObject[]) => readonly ListedObject[];

type Interlude = () => Promise<Refusal | undefined> | Promise<void>;

const EXPIRED = {
  type: 'ERROR',
  object: {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message: 'too old resource version: 1 (2)',
    reason: 'Expired',
    code: 410,
  },
};

interface Open {
  readonly isWatch: boolean;
  readonly response: ServerResponse;
  readonly upstream: IncomingMessage;
}

/** Starts the proxy in front of an API server. */
export async function startApiProxy(
  server: { readonly url: string },
  authority: CertificateAuthority,
): Promise<ApiProxy> {
  const agent = new Agent({ keepAlive: true, ca: authority.ca });
  const open = new Set<Open>();
  const sockets = new Set<Socket>();
  const requests: { what: string; at: number }[] = [];
  let refusal: Refusal | undefined;
  let endsWatches = false;
  let change: ListChange | undefined;
  let uid: string | undefined;
  let planned: { readonly matches: RegExp; readonly run: Interlude } | undefined;

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = incoming;
    requests.push({ what: `${method} ${url}`, at: performance.now() });
    const isWatch = url.includes('watch=true');
    const instead = isWatch && endsWatches ? { status: 200 } : (refusal ?? (await interlude(url)));
    if (instead !== undefined) return void response.writeHead(instead.status, instead.headers).end();
    forward({ method, url, headers }, { isWatch, response });
  }

  /** Runs the interlude that is planned for this request, once. */
  async function interlude(url: string): Promise<Refusal | undefined> {
    if (planned?.matches.test(url) !== true) return undefined;
    const { run } = planned;
    planned = undefined;
    return (await run()) ?? undefined;
  }

  function forward(
    { method, url, headers }: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
    { isWatch, response }: Omit<Open, 'upstream'>,
  ): void {
    const target = { method: method ?? 'GET', headers: withoutHost(headers), agent };
    const sent = request(`${server.url}${url ?? ''}`, target, (upstream) => {
      const pair = { isWatch, response, upstream };
      open.add(pair);
      upstream.on('error', () => response.destroy());
      response.on('close', () => {
        open.delete(pair);
        upstream.destroy();
      });
      const collection = /\/(services|nodes)(?:\?|$)/.exec(url ?? '')?.[1];
      if (change !== undefined && !isWatch && collection !== undefined)
        return void answerWith(change, collection, { upstream, response });
      if (uid !== undefined && url === '/api/v1/namespaces/kube-system') {
        upstream.resume();
        return void response.writeHead(200).end(JSON.stringify({ metadata: { uid } }));
      }
      response.writeHead(upstream.statusCode ?? 502, upstream.headers);
      response.flushHeaders();
      upstream.pipe(response);
    });
    sent.on('error', () => response.destroy());
    response.on('close', () => sent.destroy());
    sent.end();
  }

  const { cert, key } = await authority.issue([BRIDGE_ADDRESS]);
  const proxy = createServer({ cert, key }, (incoming, response) => {
    handle(incoming, response).catch(() => response.destroy());
  });
  proxy.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => proxy.listen(0, BRIDGE_ADDRESS, resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `https://${BRIDGE_ADDRESS}:${String((proxy.address() as AddressInfo).port)}`,
    requests: () => requests,
    refuse: (given) => {
      refusal = given;
      cut();
    },
    endWatches: () => {
      endsWatches = true;
      cut();
    },
    answer: (given) => {
      change = given;
    },
    identifyAs: (given) => {
      uid = given;
    },
    pass: () => {
      uid = undefined;
      refusal = undefined;
      change = undefined;
      endsWatches = false;
    },
    expire: () => {
      for (const { isWatch, response, upstream } of open) {
        if (!isWatch) continue;
        upstream.unpipe(response);
        response.write(`${JSON.stringify(EXPIRED)}\n`);
      }
    },
    freeze: () => {
      for (const { response, upstream } of open) upstream.unpipe(response).pause();
    },
    before: (matches, run) => {
      planned = { matches, run };
    },
    close: async () => {
      cut();
      agent.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}

/** Sends the list with other objects. */
async function answerWith(
  change: ListChange,
  collection: string,
  { upstream, response }: Pick<Open, 'upstream' | 'response'>,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of upstream) chunks.push(chunk as Buffer);
  const list = JSON.parse(Buffer.concat(chunks).toString()) as { items?: readonly ListedObject[] };
  const body = JSON.stringify({ ...list, items: change(collection, list.items ?? []) });
  response.writeHead(upstream.statusCode ?? 502, { 'content-type': 'application/json' }).end(body);
}

/** Without a content coding, so that a list can be read. */
function withoutHost(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name !== 'host' && name !== 'accept-encoding'),
  );
}
