import { setMaxListeners } from 'node:events';
import { hostname } from 'node:os';
import type { Writable } from 'node:stream';
import { messageOfError } from './errors.ts';
import { fileTrouble } from './file-trouble.ts';
import type { Io } from './io.ts';
import { withoutUserInfo } from './user-info.ts';

/** The part of Node's process that `runMain` uses. */
export type HostProcess = Pick<
  NodeJS.Process,
  | 'argv'
  | 'env'
  | 'stdout'
  | 'stderr'
  | 'pid'
  | 'on'
  | 'off'
  | 'removeAllListeners'
  | 'kill'
  | 'exit'
  | 'noDeprecation'
>;

const STOP_SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;
const RELOAD_SIGNALS = ['SIGHUP', 'SIGUSR1'] as const;

/**
 * Runs a program and exits with its code after all output is written.
 * The first SIGTERM or SIGINT aborts the AbortSignal in `Io`, a second one ends the process at once.
 * If the reader of stdout closes its pipe, the process exits with 0 and prints nothing.
 */
export function runMain(host: HostProcess, run: (io: Io) => Promise<number>): void {
  // Node prints warnings of deprecated APIs to stderr; an operator can do nothing about them.
  host.noDeprecation = true;
  const stop = new AbortController();
  // Each part of a program listens for its end; Node takes more than ten listeners for a leak, and warns.
  setMaxListeners(0, stop.signal);
  for (const [signal, code] of Object.entries(STOP_SIGNALS)) {
    host.on(signal, () => {
      if (stop.signal.aborted) endAtOnce(host, signal, code);
      stop.abort();
    });
  }
  host.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') host.exit(0);
    host.stderr.write(`${programName(host)}: stdout can't be written: ${fileTrouble(error, 'write')}\n`);
    host.exit(1);
  });
  host.stderr.on('error', () => undefined);
  host.on('uncaughtException', (thrown) => fail(host, thrown));
  run(ioOf(host, stop.signal)).then(
    (code) => void exitWhenWritten(host, code),
    (thrown: unknown) => fail(host, thrown),
  );
}

/** Ends the process by the signal: `exit` waits for system calls that hang, such as those of a network file system. */
function endAtOnce(host: HostProcess, signal: string, code: number): void {
  host.removeAllListeners(signal);
  host.kill(host.pid, signal);
  // The kernel doesn't deliver a signal with its default action to process 1 of a container.
  host.exit(code);
}

function programName(host: HostProcess): string {
  return (host.argv[1] ?? 'kubefigurator').replace(/^.*\//, '').replace(/\.(cjs|js|ts)$/, '');
}

function ioOf(host: HostProcess, signal: AbortSignal): Io {
  return {
    args: host.argv.slice(2),
    env: host.env,
    stdout: host.stdout,
    stderr: host.stderr,
    hostName: hostname(),
    pid: host.pid,
    signal,
    onReload: (listener) => {
      const call = (): void => listener();
      for (const name of RELOAD_SIGNALS) host.on(name, call);
      return () => {
        for (const name of RELOAD_SIGNALS) host.off(name, call);
      };
    },
  };
}

/** Prints an unexpected failure in one line, with its stack only at level debug or trace. */
function fail(host: HostProcess, thrown: unknown): void {
  const detailed =
    host.argv.some((arg) => /^-v+$/.test(arg)) ||
    /^(debug|trace)$/.test(host.env['KUBEFIGURATOR_LOG_LEVEL'] ?? '');
  const stack = detailed && thrown instanceof Error ? `${withoutUserInfo(thrown.stack ?? '')}\n` : '';
  host.stderr.write(`${programName(host)}: unexpected failure: ${messageOfError(thrown)}\n${stack}`);
  void exitWhenWritten(host, 1);
}

/** Exits instead of waiting for idle connections, but not before the pipes have taken everything. */
async function exitWhenWritten(host: HostProcess, code: number): Promise<void> {
  await Promise.all([written(host.stdout), written(host.stderr)]);
  // `exit` waits for system calls that hang; without listeners a signal ends the process meanwhile.
  for (const signal of Object.keys(STOP_SIGNALS)) host.removeAllListeners(signal);
  host.exit(code);
}

function written(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableEnded) return resolve();
    stream.write('', () => resolve());
  });
}
