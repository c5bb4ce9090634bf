import { runChild, type ChildResult, messageOfError } from '@kubefigurator/daemon';
import { runLimited } from './run-limited.ts';

/** The verdict of the host's own HAProxy on a set of files. */
export type CheckResult =
  | { readonly kind: 'valid' }
  | { readonly kind: 'invalid'; readonly stderr: string }
  /**
   * There is no verdict: HAProxy needs more memory or time than a check may use, or a signal ended it. A crash after
   * an error that names a line counts as `invalid` instead.
   */
  | { readonly kind: 'exhausted'; readonly reason: string }
  /** HAProxy could not be asked: no such program, a file that it can't open, or this program was told to stop. */
  | { readonly kind: 'unasked'; readonly reason: string };

const CHECK_TIMEOUT_MS = 60_000;
const VERSION_TIMEOUT_MS = 10_000;
const NAME_IT = 'name the HAProxy that runs here with --haproxy-binary';
/** Exit code of `haproxy -c` for files that are valid, but have no listener. */
const NO_LISTENER = 2;
/**
 * Names of variables for this program only, which HAProxy doesn't get. It gets all others, since the operator's files
 * may use them.
 */
const OUR_VARIABLES =
  /^(?:KUBEFIGURATOR_|ETCD|NOTIFY_SOCKET$|WATCHDOG_|STATE_DIRECTORY$|CREDENTIALS_DIRECTORY$|JOURNAL_STREAM$|INVOCATION_ID$|LISTEN_)/;

/** How to run HAProxy's program. */
export interface CheckOptions {
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** Why the binary can't check anything, and what to do; undefined if it answers `-v` as HAProxy does, or on abort. */
export async function haproxyBinaryTrouble(
  binary: string,
  { env, signal }: CheckOptions,
): Promise<string | undefined> {
  try {
    const { code, stdout } = await runChild(binary, ['-v'], {
      timeoutMs: VERSION_TIMEOUT_MS,
      signal,
      env: withoutOurs(env),
    });
    const isHaproxy = code === 0 && /HA-?Proxy/i.test(stdout);
    return isHaproxy || signal.aborted
      ? undefined
      : `${binary} -v doesn't answer as HAProxy does; ${NAME_IT}`;
  } catch (error) {
    return `${messageOfError(error)}; ${NAME_IT}`;
  }
}

/**
 * What HAProxy 2.6 to 3.2 says if it gets no more memory; it may blame the line that it reads at that moment. A
 * message for which no memory is left appears as `(null)`.
 */
const OUT_OF_MEMORY = /\bout of memory\b|cannot allocate memory|not enough memory|\(null\)\[ALERT\]/i;

/** How to run HAProxy's program, and its limits during a check. */
export interface CheckLimits extends CheckOptions {
  /** The most address space that HAProxy gets for a check, in bytes; undefined for no limit. */
  readonly memoryBytes: number | undefined;
  /** In milliseconds; 60 s by default. */
  readonly timeoutMs?: number | undefined;
}

/** Runs `haproxy -c` over the files in the order they run in. Only exit status 0 is good (management guide, `-c`). */
export async function checkConfig(
  binary: string,
  files: readonly string[],
  { env, signal, memoryBytes, timeoutMs = CHECK_TIMEOUT_MS }: CheckLimits,
): Promise<CheckResult> {
  const args = ['-c', ...files.flatMap((file) => ['-f', file])];
  const ran = await runLimited(binary, args, {
    memoryBytes,
    timeoutMs,
    signal,
    env: withoutOurs(env),
  }).catch((error: unknown) => `${messageOfError(error)}; ${NAME_IT}`);
  if (typeof ran === 'string') return { kind: 'unasked', reason: ran };
  const { code, stderr } = ran;
  if (ran.killed === 'aborted') return { kind: 'unasked', reason: `${binary} -c was ended: aborted` };
  const reason = whyNoVerdict(ran, { memoryBytes, timeoutMs });
  if (reason !== undefined) return { kind: 'exhausted', reason: `${binary} -c ${reason}` };
  if (code === 0) return { kind: 'valid' };
  const unopened = UNOPENED.exec(stderr)?.[1];
  if (unopened !== undefined) return { kind: 'unasked', reason: `${binary} -c ${adviseOnFile(unopened)}` };
  const remark = code === NO_LISTENER ? 'valid, but nothing would listen with these files' : '';
  return { kind: 'invalid', stderr: `${stderr}${remark}` };
}

/**
 * What HAProxy 2.6 to 3.2 say of a file of the command line that isn't there or can't be read. It has read no line of the
 * others then, so that no Service is to blame.
 */
const UNOPENED = /Cannot open configuration file\/directory (.*)/;

function adviseOnFile(unopened: string): string {
  return `can't open ${unopened.trim()}; the host's own files are named with --haproxy-base-config, and nobody else may remove the candidate beside dynamic.cfg`;
}

/** Why HAProxy gave no verdict: no time or memory was left, or it crashed. Undefined if it gave one. */
function whyNoVerdict(
  { code, killed, signal, stderr }: ChildResult,
  { memoryBytes, timeoutMs }: { readonly memoryBytes: number | undefined; readonly timeoutMs: number },
): string | undefined {
  if (killed === 'timeout') return `didn't end within ${timeoutMs / 1000} s`;
  if (code === null && !hasCrashedAfterError({ signal, stderr }))
    return `was ended by ${signal ?? 'a signal'}: it crashed, or the host has no memory left for it`;
  if (code === 0 || !OUT_OF_MEMORY.test(stderr)) return undefined;
  const limit = memoryBytes === undefined ? '' : ` of ${memoryBytes / 2 ** 20} MiB (--check-memory)`;
  return `ran out of memory${limit}`;
}

/** An error that HAProxy reports for a line of a file. */
const ERROR_AT_LINE = /^\[ALERT\][^\n]*\[[^\]\n]+:\d+\]/m;
const CRASHES: ReadonlySet<string> = new Set(['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGFPE']);

/**
 * On some wrong lines, such as a `set-map()` without a format, HAProxy 2.6 to 3.2 report the error and then crash
 * while they free memory.
 */
function hasCrashedAfterError({ signal, stderr }: Pick<ChildResult, 'signal' | 'stderr'>): boolean {
  return CRASHES.has(signal ?? '') && ERROR_AT_LINE.test(stderr);
}

export type Environment = Readonly<Record<string, string | undefined>>;

function withoutOurs(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OUR_VARIABLES.test(name)));
}
