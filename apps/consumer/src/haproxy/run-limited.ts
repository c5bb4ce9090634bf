import { runChild, type ExecuteOptions, type Execution } from '@kubefigurator/daemon';

/** Part of util-linux, which every Debian host has. */
const PRLIMIT = 'prlimit';
/** How `prlimit` ends if it can't start the program. */
const NOT_STARTED = 'prlimit: failed to execute';

export interface LimitedOptions extends ExecuteOptions {
  /** The most address space that the program gets, in bytes; undefined for no limit. */
  readonly memoryBytes: number | undefined;
}

/** Why no program's memory can be limited here; undefined if it can. */
export async function limitTrouble(options: ExecuteOptions): Promise<string | undefined> {
  const ran = await runChild(PRLIMIT, ['--version'], options).catch(() => undefined);
  return ran?.code === 0 ? undefined : "prlimit (util-linux) can't be run";
}

/** Runs a program like `runChild`, with a limit of its memory if `prlimit` is at hand. Throws OperatorError. */
export async function runLimited(
  file: string,
  args: readonly string[],
  { memoryBytes, ...options }: LimitedOptions,
): Promise<Execution> {
  if (memoryBytes === undefined) return runChild(file, args, options);
  const limited = [`--as=${memoryBytes}`, '--', file, ...args];
  const ran = await runChild(PRLIMIT, limited, options).catch(() => undefined);
  // Without prlimit the program runs all the same, and one that can't be started is an error with its own words.
  const isStarted = ran !== undefined && !(ran.code !== 0 && ran.stderr.startsWith(NOT_STARTED));
  return isStarted ? ran : runChild(file, args, options);
}
