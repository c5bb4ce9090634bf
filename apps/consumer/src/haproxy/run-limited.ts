import { type ChildOptions, type ChildResult, runChild } from '@kubefigurator/daemon';

/** Part of util-linux, which every Debian host has. */
const PRLIMIT = 'prlimit';
/** What `prlimit` writes first on its standard error if it can't start the program. */
const NOT_STARTED = 'prlimit: failed to execute';

export interface LimitedOptions extends ChildOptions {
  /** The most address space that the program gets, in bytes; undefined for no limit. */
  readonly memoryBytes: number | undefined;
}

/** Why no program's memory can be limited here; undefined if it can. */
export async function memoryLimitTrouble(options: ChildOptions): Promise<string | undefined> {
  const ran = await runChild(PRLIMIT, ['--version'], options).catch(() => undefined);
  return ran?.code === 0 ? undefined : "prlimit (util-linux) can't be run";
}

/** Runs a program as `runChild` does, with a limit for its memory if `prlimit` can be run. Throws OperatorError. */
export async function runLimited(
  file: string,
  args: readonly string[],
  { memoryBytes, ...options }: LimitedOptions,
): Promise<ChildResult> {
  if (memoryBytes === undefined) return runChild(file, args, options);
  const ran = await runChild(PRLIMIT, [`--as=${memoryBytes}`, '--', file, ...args], options).catch(
    () => undefined,
  );
  // If prlimit can't be run, the program runs without a limit. If prlimit can't start the program, running the
  // program itself throws an error that says why.
  return ran === undefined || hasNotStarted(ran) ? runChild(file, args, options) : ran;
}

/** True if prlimit ran, and the program didn't. */
function hasNotStarted({ code, stderr }: ChildResult): boolean {
  return code !== 0 && stderr.startsWith(NOT_STARTED);
}
