import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { OperatorError } from './errors.ts';
import { createBoundedBuffer } from './tail-buffer.ts';

export interface ChildOptions {
  /** The process group of the program is killed after this time, in milliseconds. */
  readonly timeoutMs: number;
  /** The process group is killed if it is aborted. */
  readonly signal?: AbortSignal;
  /** The whole environment of the program; by default the one of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Written to its standard input. */
  readonly input?: string;
  /** An open file descriptor; the program gets it as number 3. */
  readonly file?: number;
  /** Called with each piece of its standard error while the program runs. */
  readonly onStderr?: (piece: string) => void;
}

/** How a program ended, and its output; of a stream of more than 1 MiB only the first and last 512 KiB are kept. */
export interface ChildResult {
  /** Null if a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
  /** Why `runChild` killed it; undefined if it did not. */
  readonly killed: 'timeout' | 'aborted' | undefined;
}

/** How long a child of the program may hold the pipes open after the program has ended, in milliseconds. */
const OUTPUT_GRACE_MS = 250;

/**
 * Runs a program without a shell and waits for its end; any exit code is a result.
 * Rejects with OperatorError if it can't be started.
 */
export function runChild(
  program: string,
  args: readonly string[],
  options: ChildOptions,
): Promise<ChildResult> {
  const started = performance.now();
  const { cwd, env, file: descriptor, input, onStderr, signal, timeoutMs } = options;
  const child = spawn(program, [...args], {
    // The program gets a process group of its own, so that its children are killed with it.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', ...(descriptor === undefined ? [] : [descriptor])],
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
  }) as ChildProcessWithoutNullStreams;
  const stdout = createBoundedBuffer();
  const stderr = createBoundedBuffer();
  child.stdout.on('data', (chunk: Buffer) => stdout.add(chunk));
  child.stderr.on('data', (chunk: Buffer) => {
    stderr.add(chunk);
    onStderr?.(chunk.toString('utf8'));
  });
  // A program that ends before it has read its input breaks the pipe; its exit code is the result all the same.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input ?? '');

  return new Promise((resolve, reject) => {
    let killed: ChildResult['killed'];
    const kill = (reason: 'timeout' | 'aborted'): void => {
      killed ??= reason;
      killGroup(child);
    };
    const onAbort = (): void => kill('aborted');
    const timer = setTimeout(() => kill('timeout'), timeoutMs);
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    const stopKilling = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    child.once('error', (error) => {
      stopKilling();
      reject(startFailure(program, error));
    });
    child.once('exit', (code, endedBy) => {
      stopKilling();
      let finished = false;
      const finish = (): void => {
        if (finished) return;
        finished = true;
        clearTimeout(grace);
        child.stdout.destroy();
        child.stderr.destroy();
        const durationMs = performance.now() - started;
        resolve({ code, signal: endedBy, stdout: stdout.text(), stderr: stderr.text(), durationMs, killed });
      };
      // If the event loop was blocked, this timer fires before the pipes are read; two turns of the loop read them.
      const grace = setTimeout(() => setImmediate(() => setImmediate(finish)), OUTPUT_GRACE_MS);
      child.once('close', finish);
    });
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL'); // eslint-disable-line no-restricted-globals -- only this call reaches the whole process group
  } catch {
    child.kill('SIGKILL');
  }
}

function startFailure(program: string, error: NodeJS.ErrnoException): OperatorError {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such program',
    EACCES: 'it may not be executed',
    E2BIG: 'its arguments are too long',
  };
  const reason = reasons[error.code ?? ''] ?? error.message;
  const hint = error.code === 'ENOENT' ? 'install it or give its full path' : undefined;
  return new OperatorError(`can't run ${program}: ${reason}`, { hint, code: error.code, cause: error });
}
