import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy whose connections a test can break. */
export interface TcpProxy {
  readonly url: string;
  /** Number of connections opened so far. */
  opened(): number;
  /** Breaks every open connection; new ones work. */
  cut(): void;
  /** Breaks every open and every new connection, until `mend`. */
  block(): void;
  mend(): void;
  /** Holds back what the server sends on one of the open connections. */
  hold(which: 'oldest' | 'newest'): HeldConnection;
  close(): Promise<void>;
}

export interface HeldConnection {
  /** What the server has sent meanwhile. */
  received(): string;
  /** Passes it on, and all that follows. */
  release(): void;
}

export async function startTcpProxy(targetUrl: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(targetUrl);
  const pairs = new Set<readonly [Socket, Socket]>();
  let opened = 0;
  let blocked = false;
  const server = createServer((socket) => {
    opened += 1;
    if (blocked) return void socket.destroy();
    const pair = [socket, connect(Number(port), hostname)] as const;
    const [, upstream] = pair;
    pairs.add(pair);
    socket.pipe(upstream);
    upstream.pipe(socket);
    for (const side of pair) {
      side.on('error', () => undefined);
      side.on('close', () => {
        pairs.delete(pair);
        for (const each of pair) each.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const pair of pairs) for (const side of pair) side.destroy();
  };
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    opened: () => opened,
    cut,
    block: () => {
      blocked = true;
      cut();
    },
    mend: () => {
      blocked = false;
    },
    hold: (which) => {
      const pair = [...pairs].at(which === 'oldest' ? 0 : -1);
      if (pair === undefined) throw new Error('no connection is open');
      return holdAnswers(...pair);
    },
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function holdAnswers(socket: Socket, upstream: Socket): HeldConnection {
  const chunks: Buffer[] = [];
  const keep = (chunk: Buffer): void => void chunks.push(chunk);
  upstream.unpipe(socket).on('data', keep).resume();
  return {
    received: () => Buffer.concat(chunks).toString('latin1'),
    release: () => {
      upstream.off('data', keep);
      for (const chunk of chunks) socket.write(chunk);
      upstream.pipe(socket);
    },
  };
}
