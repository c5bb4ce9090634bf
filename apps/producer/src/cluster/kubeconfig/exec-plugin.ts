import {
  runChild,
  type ChildResult,
  type Logger,
  messageOfError,
  OperatorError,
} from '@kubefigurator/daemon';
import type { Access } from './choose-access.ts';
import {
  checkExec,
  type ExecCredential,
  execInfo,
  parseExecCredential,
  pluginName,
} from './exec-credential.ts';
import type { ExecSpec } from './kubeconfig.ts';
import { withoutLogTimes, redactTokens, redactWords } from './redact.ts';

export interface PluginTiming {
  /** After how long a slow plugin is logged, and how often its stderr is looked at after that, in milliseconds. */
  readonly tellMs: number;
  /** How long it may run at all, in milliseconds: enough for a person to sign in. */
  readonly limitMs: number;
}

export const PLUGIN_TIMING: PluginTiming = { tellMs: 5_000, limitMs: 120_000 };
/** The characters of stderr that are logged. */
const LONGEST_STDERR = 500;
/** The characters of stderr that are kept: more than are logged, since times, spaces and secrets are taken out. */
const LONGEST_KEPT_STDERR = 16 * LONGEST_STDERR;
/** A flag whose name suggests that its value is a secret. */
const SECRET_FLAG = /^-.*(?:token|secret|passw|key|credential|assertion)/i;

export interface PluginOptions {
  readonly access: Access;
  readonly exec: ExecSpec;
  /** PEM of the cluster's authorities. */
  readonly ca: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  /** Ends the plugin with all its children. */
  readonly signal: AbortSignal;
  readonly timing?: PluginTiming;
}

/** Runs a credential plugin once; throws OperatorError that names the plugin and quotes the end of its stderr. */
export async function runPlugin(options: PluginOptions): Promise<ExecCredential> {
  const { access, exec, env, ca, signal, timing = PLUGIN_TIMING } = options;
  checkExec(access, exec);
  const plugin = pluginName(access, exec);
  const delayLog = openDelayLog(plugin, options);
  try {
    const result = await runChild(exec.command, exec.args, {
      timeoutMs: timing.limitMs,
      signal,
      env: { ...env, ...exec.env, KUBERNETES_EXEC_INFO: execInfo(access, exec, ca) },
      onStderr: delayLog.add,
    }).catch((error: unknown) => notStarted(plugin, exec, error));
    if (result.killed !== undefined || result.code !== 0) throw failed(plugin, result, { exec, timing });
    const credential = parseExecCredential(result.stdout, plugin, exec);
    delayLog.completed(result.durationMs);
    return credential;
  } finally {
    delayLog.stop();
  }
}

interface DelayLog {
  readonly add: (stderr: string) => void;
  readonly completed: (durationMs: number) => void;
  readonly stop: () => void;
}

/**
 * Logs that the plugin is slow, and again each time it has written more to stderr. Its stderr is part of the log line: if
 * the plugin waits for a person to sign in, it writes the address to open and a code there.
 */
function openDelayLog(plugin: string, { exec, log, timing = PLUGIN_TIMING }: PluginOptions): DelayLog {
  let stderr = '';
  /** The stderr that was logged last; undefined as long as nothing was logged. */
  let logged: string | undefined;
  const started = performance.now();
  const timer = setInterval(() => {
    if (stderr === logged) return;
    logged = stderr;
    const durationMs = Math.round(performance.now() - started);
    log.warn(
      { plugin, stderr: summary(stderr, exec), durationMs, limitMs: timing.limitMs },
      'credential-plugin.delayed',
    );
  }, timing.tellMs);
  return {
    add: (piece) => (stderr = (stderr + piece).slice(-LONGEST_KEPT_STDERR)),
    completed: (durationMs) => {
      if (logged === undefined) return;
      log.warn({ plugin, durationMs: Math.round(durationMs) }, 'credential-plugin.completed');
    },
    stop: () => clearInterval(timer),
  };
}

function notStarted(plugin: string, { installHint }: ExecSpec, cause: unknown): never {
  const { hint } = cause instanceof OperatorError ? cause : { hint: undefined };
  // Without the beginning of `runChild`'s message, which the message below repeats in other words.
  const reason = messageOfError(cause).replace(/^can't run .*: (?=[^:]*$)/, '');
  throw new OperatorError(`${plugin} can't be started: ${reason}`, {
    hint: installHint === undefined ? hint : oneLine(installHint),
    cause,
  });
}

function failed(
  plugin: string,
  result: ChildResult,
  { exec, timing: { limitMs } }: { readonly exec: ExecSpec; readonly timing: PluginTiming },
): OperatorError {
  const { killed, code, signal, stderr } = result;
  if (killed === 'aborted') return new OperatorError(`${plugin} was stopped`);
  const said = stderr.trim() === '' ? 'it wrote nothing to stderr' : `it wrote: ${summary(stderr, exec)}`;
  if (killed === 'timeout')
    return new OperatorError(`${plugin} didn't end within ${limitMs / 1000} s; ${said}`, {
      hint: 'sign in with kubectl or by hand, so that the plugin needs nobody, or use a user with a token',
    });
  const end = code === null ? `was ended by ${signal ?? 'a signal'}` : `failed with exit code ${code}`;
  return new OperatorError(`${plugin} ${end}; ${said}`, { hint: 'run it by hand to see what it lacks' });
}

/** The end of an output, where the error is, on one line; without tokens and secrets from the kubeconfig. */
function summary(stderr: string, exec: ExecSpec): string {
  const text = oneLine(redactTokens(redactWords(withoutLogTimes(stderr), secretWords(exec))));
  return text.length <= LONGEST_STDERR ? text : `… ${text.slice(-LONGEST_STDERR)}`;
}

/**
 * What the kubeconfig gives to a plugin and may be a secret: the values of its variables, of all flags with `=`, and of
 * flags without `=` whose names suggest it.
 */
function secretWords({ args, env }: ExecSpec): readonly string[] {
  const fromArgs = args.flatMap((arg, index) => {
    const [, valueInFlag] = /^-[^=]*=(.*)$/s.exec(arg) ?? [];
    if (valueInFlag !== undefined) return [valueInFlag];
    const flagBefore = args[index - 1] ?? '';
    return SECRET_FLAG.test(flagBefore) ? [arg] : [];
  });
  return [...Object.values(env), ...fromArgs];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
