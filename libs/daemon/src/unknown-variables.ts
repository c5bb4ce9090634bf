import { Command as Commander, CommanderError, Option } from 'commander';
import type { Io } from './io.ts';
import { misuseOf, settingsOf } from './misuse.ts';
import type { Program } from './program-description.ts';
import { environmentName } from './resolve-settings.ts';

const PREFIX = environmentName('');
/** Kubernetes gives every Pod such variables for each Service of its namespace, and ours may be called kubefigurator-…. */
const SERVICE_LINK =
  /_SERVICE_(?:HOST|PORT(?:_[A-Z0-9_]+)?)$|_PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?$/;

/** A variable under our prefix that no setting of the program reads. */
export interface UnknownVariable {
  readonly name: string;
  /** The nearest one that is read; undefined if none is near. */
  readonly meant: string | undefined;
}

/** The variables of ours that have no effect, in the order of their names; their values aren't looked at. */
export function findUnknownVariables(program: Program, io: Io): readonly UnknownVariable[] {
  const settings = settingsOf(program);
  const known = new Set(settings.flatMap(({ flag, environment }) => [environmentName(flag), ...environment]));
  return Object.keys(io.env)
    .filter((name) => name.toUpperCase().startsWith(PREFIX) && !known.has(name) && !SERVICE_LINK.test(name))
    .sort()
    .map((name) => ({ name, meant: nearest(name, [...new Set(settings.map(({ flag }) => flag))]) }));
}

/** commander compares flags only while it parses, so it is asked about the flag of the variable. */
function nearest(name: string, flags: readonly string[]): string | undefined {
  const flag = name.slice(PREFIX.length).toLowerCase().replaceAll('_', '-');
  if (flags.includes(flag)) return environmentName(flag);
  const command = new Commander().exitOverride().configureOutput({ outputError: () => undefined });
  for (const each of flags) command.addOption(new Option(`--${each}`));
  try {
    command.parse([`--${flag}`], { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    const suggested = /--([a-z0-9-]+)/.exec(misuseOf(thrown).suggestion)?.[1];
    return suggested === undefined ? undefined : environmentName(suggested);
  }
  return undefined;
}
