import { readCommandLine, type Flags } from './command-line.ts';
import type { Command } from './command.ts';
import { createProgramLogger, type CommonSettings } from './common-settings.ts';
import { describeFailure, messageOfError, OperatorError, UsageError } from './errors.ts';
import type { Io } from './io.ts';
import type { Logger } from './logger.ts';
import { formatSettings } from './print-settings.ts';
import type { Program } from './program-description.ts';
import { resolveSettings } from './resolve-settings.ts';
import { withoutUserInfo } from './user-info.ts';
import { findUnknownVariables } from './unknown-variables.ts';

/** The exit code for a wrong command line. */
const USED_WRONGLY = 2;

/** Runs the command that the arguments name and returns the exit code; a failure is printed to stderr in one line. */
export async function runProgram(program: Program, io: Io): Promise<number> {
  try {
    const invocation = readCommandLine(program, io);
    if (invocation.kind === 'done') return invocation.exitCode;
    const { command, flags, printSettings } = invocation;
    return await runCommand(command, { flags, printSettings, program, io });
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown;
    io.stderr.write(`${program.name}: ${messageOfError(thrown)}\n`);
    return USED_WRONGLY;
  }
}

interface Call {
  readonly flags: Flags;
  readonly printSettings: boolean;
  readonly program: Program;
  readonly io: Io;
}

async function runCommand(command: Command, { flags, printSettings, program, io }: Call): Promise<number> {
  let log: Logger | undefined;
  try {
    const resolved = resolveSettings(command.table, flags, io);
    if (printSettings) {
      io.stdout.write(withoutUserInfo(formatSettings(command.table, resolved)));
      return 0;
    }
    const settings = resolved.settings as CommonSettings;
    log = createProgramLogger(settings, io);
    warnOfUnknownVariables(program, io, log);
    return await command.run({ io, settings, log });
  } catch (thrown) {
    const expected = thrown instanceof OperatorError || thrown instanceof UsageError;
    io.stderr.write(`${program.name}: ${expected ? '' : 'unexpected failure: '}${describeFailure(thrown)}\n`);
    log?.debug({ err: thrown, cause: causeOf(thrown) }, 'program.failed');
    return thrown instanceof UsageError ? command.usageExitCode : command.failureExitCode;
  }
}

/** Names the variables of ours that no setting reads: a mistyped one would silently leave its setting at the default. */
function warnOfUnknownVariables(program: Program, io: Io, log: Logger): void {
  for (const { name, meant } of findUnknownVariables(program, io)) {
    const hint = meant === undefined ? `see ${program.name} --help` : `did you mean ${meant}?`;
    log.warn({ variable: name, hint }, 'variable.ignored');
  }
}

/** The message of the library's error that an OperatorError was made from. */
function causeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && thrown.cause !== undefined ? messageOfError(thrown.cause) : undefined;
}
