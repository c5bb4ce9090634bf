import { Command, CommanderError, Option } from 'commander';

/** The flag that is most like a misspelt one, both without their dashes; undefined if none is near. */
export function nearestFlag(misspelt: string, flags: readonly string[]): string | undefined {
  // commander compares flags only while it parses.
  const command = new Command().exitOverride().configureOutput({ outputError: () => undefined });
  for (const flag of new Set(flags)) {
    const option = new Option(`--${flag}`);
    // Otherwise commander takes `--no-x` for the negation of `--x`.
    option.negate = false;
    command.addOption(option);
  }
  try {
    command.parse([`--${misspelt}`], { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    return /\(Did you mean (?:one of )?--([a-z0-9-]+)/.exec(thrown.message)?.[1];
  }
  return undefined;
}
