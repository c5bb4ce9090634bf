import { execute, messageOf } from '@kubefigurator/daemon';

/** The verdict of the host's own HAProxy on a set of files. */
export type CheckResult =
  | { readonly kind: 'valid' }
  | { readonly kind: 'invalid'; readonly stderr: string }
  /** HAProxy could not be asked: no such program, killed, out of time. */
  | { readonly kind: 'unasked'; readonly reason: string };

const CHECK_TIMEOUT_MS = 60_000;
const VERSION_TIMEOUT_MS = 10_000;
const NAME_IT = 'name the HAProxy that runs here with --haproxy-binary';
/** Exit code of `haproxy -c` for files that are valid, but have no listener. */
const NO_LISTENER = 2;
/** Variables for this program only: HAProxy gets the rest of the environment, since the operator's files may use it. */
const OURS =
  /^(?:KUBEFIGURATOR_|ETCD|NOTIFY_SOCKET$|WATCHDOG_|STATE_DIRECTORY$|CREDENTIALS_DIRECTORY$|JOURNAL_STREAM$|INVOCATION_ID$|LISTEN_)/;

/** How to run a program. */
export interface CheckOptions {
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** Why the binary can't check anything, and what to do; undefined if it answers `-v` as HAProxy does. */
export async function binaryTrouble(
  binary: string,
  { env, signal }: CheckOptions,
): Promise<string | undefined> {
  try {
    const { code, stdout } = await execute(binary, ['-v'], {
      timeoutMs: VERSION_TIMEOUT_MS,
      signal,
      env: withoutOurs(env),
    });
    const isHaproxy = code === 0 && /HA-?Proxy/i.test(stdout);
    return isHaproxy || signal.aborted
      ? undefined
      : `${binary} -v doesn't answer as HAProxy does; ${NAME_IT}`;
  } catch (error) {
    return `${messageOf(error)}; ${NAME_IT}`;
  }
}

/** Runs `haproxy -c` over the files in the order they run in. Only exit status 0 is good (management guide, `-c`). */
export async function checkConfig(
  binary: string,
  files: readonly string[],
  { env, signal }: CheckOptions,
): Promise<CheckResult> {
  const args = ['-c', ...files.flatMap((file) => ['-f', file])];
  const ran = await execute(binary, args, {
    timeoutMs: CHECK_TIMEOUT_MS,
    signal,
    env: withoutOurs(env),
  }).catch((error: unknown) => `${messageOf(error)}; ${NAME_IT}`);
  if (typeof ran === 'string') return { kind: 'unasked', reason: ran };
  const { code, signal: killedBy, stderr, killed } = ran;
  if (killed !== undefined || code === null) {
    return { kind: 'unasked', reason: `${binary} -c was ended by ${killed ?? killedBy ?? 'a signal'}` };
  }
  if (code === 0) return { kind: 'valid' };
  const remark = code === NO_LISTENER ? 'valid, but nothing would listen with these files' : '';
  return { kind: 'invalid', stderr: `${stderr}${remark}` };
}

export type Environment = Readonly<Record<string, string | undefined>>;

function withoutOurs(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OURS.test(name)));
}
