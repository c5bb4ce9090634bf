import { execute } from '@kubefigurator/daemon';

/** What the host's own HAProxy says about a set of files. */
export type CheckResult =
  | { readonly kind: 'valid' }
  | { readonly kind: 'invalid'; readonly stderr: string }
  /** HAProxy could not be asked: no such program, killed, out of time. */
  | { readonly kind: 'unasked'; readonly reason: string };

const CHECK_TIMEOUT_MS = 60_000;
/** `haproxy -c`: valid, but nothing would listen. */
const NO_LISTENER = 2;

/** Runs `haproxy -c` over the files in the order they run in. Only exit status 0 is good (management guide, `-c`). */
export async function checkConfig(
  binary: string,
  files: readonly string[],
  signal: AbortSignal,
): Promise<CheckResult> {
  const args = ['-c', ...files.flatMap((file) => ['-f', file])];
  const {
    code,
    signal: killedBy,
    stderr,
    killed,
  } = await execute(binary, args, { timeoutMs: CHECK_TIMEOUT_MS, signal });
  if (killed !== undefined || code === null) {
    return { kind: 'unasked', reason: `${binary} -c was ended by ${killed ?? killedBy ?? 'a signal'}` };
  }
  if (code === 0) return { kind: 'valid' };
  const remark = code === NO_LISTENER ? 'valid, but nothing would listen with these files' : '';
  return { kind: 'invalid', stderr: `${stderr}${remark}` };
}
