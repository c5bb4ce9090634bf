import type { ChildProcess, StdioOptions } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WaitOptions } from './wait.ts';
import { waitFor, when } from './wait.ts';

const STOP_LIMIT_MS = 10_000;

export interface ProcessSpec {
  readonly name: string;
  readonly command: readonly string[];
  /** Folder of the log file `<name>.log`; a restarted program appends to it. */
  readonly logs: string;
  /** Named network namespace, default the sandbox's own. */
  readonly netns?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** True to open a message channel (`process.send`) to a Node program; false by default. */
  readonly channel?: boolean;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program that the harness started; it ends at the latest with the sandbox. */
export interface RunningProcess {
  readonly name: string;
  readonly pid: number;
  readonly child: ChildProcess;
  readonly exited: Promise<Exit>;
  running(): boolean;
  /** Sends a signal to the program; does nothing if it has ended. */
  signal(signal: NodeJS.Signals): void;
  /** Sends SIGTERM and waits for the exit; fails after 10 s. */
  stop(): Promise<Exit>;
  /** Sends SIGKILL to the program and all processes of its group, and waits for the exit; fails after 10 s. */
  kill(): Promise<Exit>;
  /** Sends SIGSTOP. */
  pause(): void;
  /** Sends SIGCONT. */
  resume(): void;
  /** Returns everything written to stdout and stderr so far. */
  log(): string;
  /** Returns the last lines of the log, for messages. */
  tail(lines?: number): string;
  waitForLog(pattern: RegExp, options?: WaitOptions): Promise<void>;
}

/** The command line that runs a command in a named network namespace. */
export function inNamespace(netns: string | undefined, command: readonly string[]): string[] {
  return netns === undefined ? [...command] : ['nsenter', `--net=/run/netns/${netns}`, '--', ...command];
}

/**
 * Starts a program with its output in a file and in a process group of its own; the kernel kills it when the harness
 * ends.
 */
export function startProcess(spec: ProcessSpec): RunningProcess {
  const file = join(spec.logs, `${spec.name}.log`);
  const output = openSync(file, 'a');
  const [program = '', ...args] = [
    'setpriv',
    '--pdeathsig',
    'KILL',
    '--',
    ...inNamespace(spec.netns, spec.command),
  ];
  const stdio: StdioOptions = [
    'ignore',
    output,
    output,
    ...(spec.channel === true ? (['ipc'] as const) : []),
  ];
  const child = spawn(program, args, {
    stdio,
    detached: true,
    env: { ...environmentFor(spec.command), ...spec.env },
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
  });
  closeSync(output);
  if (child.pid === undefined) throw new Error(`${spec.name}: ${program} can't be started`);
  return runningProcessOf(spec.name, child, child.pid, file);
}

function runningProcessOf(name: string, child: ChildProcess, pid: number, file: string): RunningProcess {
  const exited = new Promise<Exit>((resolve) => {
    child.on('exit', (code, signal) => {
      resolve({ code, signal });
    });
  });
  const log = (): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  const tail = (lines = 15): string => log().trimEnd().split('\n').slice(-lines).join('\n');
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  const signal = (which: NodeJS.Signals): void => {
    if (running()) process.kill(pid, which);
  };
  const exitedInTime = async (): Promise<Exit> => {
    const limit = AbortSignal.timeout(STOP_LIMIT_MS);
    const late = new Promise<never>((_resolve, reject) => {
      limit.addEventListener('abort', () => {
        reject(new Error(`${name} didn't end within ${String(STOP_LIMIT_MS)} ms:\n${tail()}`));
      });
    });
    return Promise.race([exited, late]);
  };
  return {
    name,
    pid,
    child,
    exited,
    running,
    signal,
    stop: async () => {
      signal('SIGTERM');
      return exitedInTime();
    },
    kill: async () => {
      killGroup(pid);
      return exitedInTime();
    },
    pause: () => {
      signal('SIGSTOP');
    },
    resume: () => {
      signal('SIGCONT');
    },
    log,
    tail,
    waitForLog: async (pattern, options) => {
      await waitFor(`${name} logs ${String(pattern)}`, () => when(pattern.test(log()), tail()), options);
    },
  };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // No process of the group is left.
  }
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Our own programs get the environment without the harness's variables: those begin like theirs, and they warn of
 * unknown ones.
 */
function environmentFor(command: readonly string[]): NodeJS.ProcessEnv {
  if (!command.some((word) => /kubefigurator-(?:producer|consumer)\.cjs$/.test(word))) return process.env;
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('KUBEFIGURATOR_')),
  );
}

export interface CommandOptions {
  /** As in `ProcessSpec`. */
  readonly netns?: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What the program reads on stdin; default nothing. */
  readonly input?: string | Buffer;
  /** After this time the program is killed, default 30,000. */
  readonly limitMs?: number;
}

/**
 * Runs a program to its end and returns exit code and output, for any exit code; throws if there is none, as after a
 * kill.
 */
export function runCommand(command: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [program = '', ...args] = inNamespace(options.netns, command);
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      args,
      {
        env: { ...environmentFor(command), ...options.env },
        cwd: options.cwd,
        timeout: options.limitMs ?? 30_000,
        killSignal: 'SIGKILL',
        maxBuffer: 64 * 1024 * 1024,
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code;
        if (typeof code === 'number') resolve({ code, stdout, stderr });
        else reject(new Error(`${command.join(' ')}: ${error?.message ?? ''}\n${stderr}`));
      },
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}

/** Like {@link runCommand}, but throws if the exit code isn't 0. */
export async function runChecked(command: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await runCommand(command, options);
  if (code !== 0) throw new Error(`${command.join(' ')} exited ${String(code)}: ${stderr}${stdout}`);
  return stdout;
}
