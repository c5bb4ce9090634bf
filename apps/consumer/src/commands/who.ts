import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Io } from '@kubefigurator/daemon';

/**
 * The name of the person who runs this; under sudo, of the user who called sudo. `uid <number>` if no name is known.
 */
export function operatorName({ env }: Pick<Io, 'env'>): string {
  const named = [env['SUDO_USER'], env['USER'], env['LOGNAME']].find((name) => (name ?? '') !== '');
  return named ?? ownName();
}

function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    // The user isn't in the passwd file, for example in a container.
    return `uid ${statSync('/proc/self').uid}`;
  }
}
