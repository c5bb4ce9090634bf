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
const LONGEST_STDERR = 500;
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

/** Runs a credential plugin once; throws OperatorError that names it and says what it wrote to stderr. */
export async function runPlugin(options: PluginOptions): Promise<ExecCredential> {
  const { access, exec, env, ca, signal, timing = PLUGIN_TIMING } = options;
  checkExec(access, exec);
  const plugin = pluginName(access, exec);
  const teller = tellOfDelay(plugin, options);
  try {
    const result = await runChild(exec.command, exec.args, {
      timeoutMs: timing.limitMs,
      signal,
      env: { ...env, ...exec.env, KUBERNETES_EXEC_INFO: execInfo(access, exec, ca) },
      onStderr: teller.add,
    }).catch((error: unknown) => notStarted(plugin, exec, error));
    if (result.killed !== undefined || result.code !== 0) throw failed(plugin, result, { exec, timing });
    const credential = parseExecCredential(result.stdout, plugin, exec);
    teller.completed(result.durationMs);
    return credential;
  } finally {
    teller.stop();
  }
}

interface Teller {
  readonly add: (stderr: string) => void;
  readonly completed: (durationMs: number) => void;
  readonly stop: () => void;
}

/**
 * Logs that the plugin is slow, and again each time it has written more to stderr. What it writes is logged too: an
 * address to open and a code, if it waits for a person.
 */
function tellOfDelay(plugin: string, { exec, log, timing = PLUGIN_TIMING }: PluginOptions): Teller {
  let stderr = '';
  let told: string | undefined;
  const started = performance.now();
  const timer = setInterval(() => {
    if (stderr === told) return;
    told = stderr;
    const durationMs = Math.round(performance.now() - started);
    log.warn(
      { plugin, stderr: summary(stderr, exec), durationMs, limitMs: timing.limitMs },
      'credential-plugin.delayed',
    );
  }, timing.tellMs);
  return {
    add: (piece) => (stderr = (stderr + piece).slice(-16 * LONGEST_STDERR)),
    completed: (durationMs) => {
      if (told === undefined) return;
      log.warn({ plugin, durationMs: Math.round(durationMs) }, 'credential-plugin.completed');
    },
    stop: () => clearInterval(timer),
  };
}

function notStarted(plugin: string, { installHint }: ExecSpec, cause: unknown): never {
  const { hint } = cause instanceof OperatorError ? cause : { hint: undefined };
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

/** The end of an output, since the error comes last, on one line, without tokens and without what the kubeconfig gave. */
function summary(stderr: string, exec: ExecSpec): string {
  const text = oneLine(redactTokens(redactWords(withoutLogTimes(stderr), secretWords(exec))));
  return text.length <= LONGEST_STDERR ? text : `… ${text.slice(-LONGEST_STDERR)}`;
}

/**
 * What the kubeconfig gives to a plugin and may be a secret: the values of its variables and of all flags with `=`, and
 * the arguments after flags whose names say so.
 */
function secretWords({ args, env }: ExecSpec): readonly string[] {
  const fromArgs = args.flatMap((arg, index) => {
    const [, joined] = /^-[^=]*=(.*)$/s.exec(arg) ?? [];
    return joined !== undefined ? [joined] : SECRET_FLAG.test(args[index - 1] ?? '') ? [arg] : [];
  });
  return [...Object.values(env), ...fromArgs];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
