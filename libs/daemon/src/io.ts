import type { Writable } from 'node:stream';

/** What a program gets from its process; only `main.ts` uses the process itself. */
export interface Io {
  /** The arguments after the program's name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** The name of the machine. */
  readonly hostName: string;
  readonly pid: number;
  /** Aborted by SIGTERM and SIGINT: the program has to finish its present step and return. */
  readonly signal: AbortSignal;
  /** Calls the listener on SIGHUP and SIGUSR1; returns a function that removes it. */
  readonly onReload: (listener: () => void) => () => void;
}
