import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy whose connections a test can break. */
export interface TcpProxy {
  readonly url: string;
  /** Number of connections opened so far. */
  opened(): number;
  /** Breaks every open connection; new ones work. */
  cut(): void;
  /** Holds back the answers on the connection that sends the next request; returns a function that releases them. */
  holdNextAnswer(): () => void;
  close(): Promise<void>;
}

export async function startTcpProxy(targetUrl: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(targetUrl);
  const sockets = new Set<Socket>();
  let opened = 0;
  let hold: ((socket: Socket, upstream: Socket) => void) | undefined;
  const server = createServer((socket) => {
    opened += 1;
    const upstream = connect(Number(port), hostname);
    socket.on('data', () => hold?.(socket, upstream));
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => undefined);
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    opened: () => opened,
    cut,
    holdNextAnswer: () => {
      let release = (): void => void (hold = undefined);
      hold = (socket, upstream) => {
        hold = undefined;
        upstream.unpipe(socket);
        release = () => void upstream.pipe(socket);
      };
      return () => release();
    },
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
