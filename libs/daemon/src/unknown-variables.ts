import type { Io } from './io.ts';
import { settingsOfCommands } from './misuse.ts';
import { nearestFlag } from './nearest-flag.ts';
import type { Program } from './program-description.ts';
import { environmentName } from './resolve-settings.ts';

const PREFIX = environmentName('');
/**
 * Variables that Kubernetes gives each Pod for the Services of its namespace, such as `<service>_SERVICE_HOST` and
 * `<service>_PORT_80_TCP_ADDR`; a Service may be called kubefigurator-….
 */
const SERVICE_LINK =
  /^(.*?)(?:_SERVICE_(?:HOST|PORT(?:_[A-Z0-9_]+)?)|_PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/;

/** A variable under our prefix that no setting of the program reads. */
export interface UnknownVariable {
  readonly name: string;
  /** The nearest one that is read; undefined if none is near. */
  readonly meant: string | undefined;
}

/** The variables of ours that have no effect, in the order of their names; their values aren't looked at. */
export function findUnknownVariables(program: Program, io: Io): readonly UnknownVariable[] {
  const settings = settingsOfCommands(program);
  const known = new Set(settings.flatMap(({ flag, environment }) => [environmentName(flag), ...environment]));
  return Object.keys(io.env)
    .filter(
      (name) => name.toUpperCase().startsWith(PREFIX) && !known.has(name) && !isServiceLink(name, io.env),
    )
    .sort()
    .map((name) => ({
      name,
      meant: nearest(
        name,
        settings.map(({ flag }) => flag),
      ),
    }));
}

/**
 * Kubernetes sets all variables of a Service together: KUBEFIGURATOR_LISTEN_PORT without
 * KUBEFIGURATOR_LISTEN_SERVICE_HOST is a misspelt variable of ours.
 */
function isServiceLink(name: string, env: Io['env']): boolean {
  const service = SERVICE_LINK.exec(name)?.[1];
  return service !== undefined && env[`${service}_SERVICE_HOST`] !== undefined;
}

/** The variable of the flag that is nearest to this name; undefined if none is near. */
function nearest(name: string, flags: readonly string[]): string | undefined {
  const flag = name.slice(PREFIX.length).toLowerCase().replaceAll('_', '-');
  const meant = flags.includes(flag) ? flag : nearestFlag(flag, flags);
  return meant === undefined ? undefined : environmentName(meant);
}
