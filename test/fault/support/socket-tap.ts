import { rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import type { LoadBalancerHost } from '../../support/fleet/host.ts';

/** What a tap does with a command: forward it, drop it, forward it and drop the answer, or answer it itself. */
export type Verdict = 'pass' | 'drop the command' | 'drop the answer' | { readonly answer: string };

/** A proxy socket in front of one of HAProxy's sockets. */
export interface SocketTap {
  readonly path: string;
  close(): void;
}

/** Creates a tap for a socket, at the path `<target>.tap`. */
export async function tapSocket(target: string, judge: (command: string) => Verdict): Promise<SocketTap> {
  const path = `${target}.tap`;
  rmSync(path, { force: true });
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (command: Buffer) => {
      const verdict = judge(command.toString('utf8'));
      if (typeof verdict === 'object') socket.end(verdict.answer);
      else if (verdict !== 'drop the command') passOn(socket, command, { target, verdict });
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return { path, close: () => server.close() };
}

function passOn(
  socket: Socket,
  command: Buffer,
  { target, verdict }: { readonly target: string; readonly verdict: Verdict },
): void {
  const upstream = connect({ path: target, allowHalfOpen: true });
  upstream.on('error', () => socket.destroy());
  socket.on('close', () => upstream.end());
  upstream.write(command);
  socket.pipe(upstream);
  if (verdict === 'pass') upstream.pipe(socket);
  else upstream.resume();
}

/** HAProxy's sockets, as the consumer's own flags name them. */
export function socketsOf(host: LoadBalancerHost): { readonly master: string; readonly runtime: string } {
  const flag = (name: string): string => {
    const found = host.consumerFlags.find((each) => each.startsWith(`--${name}=`));
    if (found === undefined) throw new Error(`${host.name} has no --${name}`);
    return found.slice(name.length + 3);
  };
  return { master: flag('haproxy-master-socket'), runtime: flag('haproxy-runtime-socket') };
}
