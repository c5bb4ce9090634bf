import { Writable } from 'node:stream';
import type { Io } from '../io.ts';

/** An Io that keeps its output in memory. */
export interface CapturedIo {
  readonly io: Io;
  readonly stop: AbortController;
  out(): string;
  err(): string;
}

export function captureIo(args: readonly string[] = [], env: Io['env'] = {}): CapturedIo {
  const [out, err] = [captureStream(), captureStream()];
  const stop = new AbortController();
  const { signal } = stop;
  const io = { args, env, stdout: out.stream, stderr: err.stream, hostName: 'lb1', pid: 7, signal };
  return { io: { ...io, onReload: () => () => undefined }, stop, out: out.text, err: err.text };
}

/** A stream that keeps what is written in memory. */
export function captureStream(): { readonly stream: Writable; readonly text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}

/** Polls the condition until it holds; throws after 5 s, naming what it waited for. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 5_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within 5 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
