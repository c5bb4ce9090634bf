import type { Writable } from 'node:stream';

/** Everything a program has from outside; the only way to reach the process. */
export interface Io {
  /** The arguments after the program's name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** The machine's name. */
  readonly hostName: string;
  readonly pid: number;
  /** Aborted by SIGTERM and SIGINT: finish what is under way and return. */
  readonly signal: AbortSignal;
  /** Calls the listener on SIGHUP and SIGUSR1; returns the way to stop listening. */
  readonly onReload: (listener: () => void) => () => void;
}
