import { rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';

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
