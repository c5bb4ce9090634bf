import { setMaxListeners } from 'node:events';
import { hostname } from 'node:os';
import type { Writable } from 'node:stream';
import { messageOfError } from './errors.ts';
import { fileTrouble } from './file-trouble.ts';
import type { Io } from './io.ts';
import { withoutUserInfo } from './user-info.ts';

/** The part of Node's process that `runMain` uses. */
export type NodeProcess = Pick<
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
export function runMain(nodeProcess: NodeProcess, run: (io: Io) => Promise<number>): void {
  // Node prints warnings of deprecated APIs to stderr; an operator can do nothing about them.
  nodeProcess.noDeprecation = true;
  const stop = new AbortController();
  // Each part of a program listens to this signal; Node warns of a leak if there are more than ten listeners.
  setMaxListeners(0, stop.signal);
  for (const [signal, code] of Object.entries(STOP_SIGNALS)) {
    nodeProcess.on(signal, () => {
      if (stop.signal.aborted) endAtOnce(nodeProcess, signal, code);
      stop.abort();
    });
  }
  nodeProcess.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') nodeProcess.exit(0);
    nodeProcess.stderr.write(
      `${programName(nodeProcess)}: stdout can't be written: ${fileTrouble(error, 'write')}\n`,
    );
    nodeProcess.exit(1);
  });
  nodeProcess.stderr.on('error', () => undefined);
  nodeProcess.on('uncaughtException', (thrown) => fail(nodeProcess, thrown));
  run(ioOf(nodeProcess, stop.signal)).then(
    (code) => void exitWhenWritten(nodeProcess, code),
    (thrown: unknown) => fail(nodeProcess, thrown),
  );
}

/** Ends the process by the signal: `exit` waits for system calls that hang, such as those of a network file system. */
function endAtOnce(nodeProcess: NodeProcess, signal: string, code: number): void {
  nodeProcess.removeAllListeners(signal);
  nodeProcess.kill(nodeProcess.pid, signal);
  // Process 1 of a container gets here: the kernel doesn't deliver a signal with its default action to it.
  nodeProcess.exit(code);
}

function programName(nodeProcess: NodeProcess): string {
  return (nodeProcess.argv[1] ?? 'kubefigurator').replace(/^.*\//, '').replace(/\.(cjs|js|ts)$/, '');
}

function ioOf(nodeProcess: NodeProcess, signal: AbortSignal): Io {
  return {
    args: nodeProcess.argv.slice(2),
    env: nodeProcess.env,
    stdout: nodeProcess.stdout,
    stderr: nodeProcess.stderr,
    hostName: hostname(),
    pid: nodeProcess.pid,
    signal,
    onReload: (listener) => {
      const call = (): void => listener();
      for (const name of RELOAD_SIGNALS) nodeProcess.on(name, call);
      return () => {
        for (const name of RELOAD_SIGNALS) nodeProcess.off(name, call);
      };
    },
  };
}

/** Prints an unexpected failure in one line, with its stack only if `-v` or the variable of `--log-level` asks for it. */
function fail(nodeProcess: NodeProcess, thrown: unknown): void {
  const detailed =
    nodeProcess.argv.some((arg) => /^-v+$/.test(arg)) ||
    /^(debug|trace)$/.test(nodeProcess.env['KUBEFIGURATOR_LOG_LEVEL'] ?? '');
  const stack = detailed && thrown instanceof Error ? `${withoutUserInfo(thrown.stack ?? '')}\n` : '';
  nodeProcess.stderr.write(
    `${programName(nodeProcess)}: unexpected failure: ${messageOfError(thrown)}\n${stack}`,
  );
  void exitWhenWritten(nodeProcess, 1);
}

/** Exits instead of waiting for idle connections, but not before the pipes have taken everything. */
async function exitWhenWritten(nodeProcess: NodeProcess, code: number): Promise<void> {
  await Promise.all([written(nodeProcess.stdout), written(nodeProcess.stderr)]);
  // `exit` waits for system calls that hang; without listeners a signal ends the process meanwhile.
  for (const signal of Object.keys(STOP_SIGNALS)) nodeProcess.removeAllListeners(signal);
  nodeProcess.exit(code);
}

function written(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableEnded) return resolve();
    stream.write('', () => resolve());
  });
}
