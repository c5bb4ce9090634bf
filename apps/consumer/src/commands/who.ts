import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Io } from '@kubefigurator/daemon';

/** The person who runs this, also behind sudo; without a name the user's number. */
export function whoIs({ env }: Pick<Io, 'env'>): string {
  const named = [env['SUDO_USER'], env['USER'], env['LOGNAME']].find((name) => (name ?? '') !== '');
  return named ?? ownName();
}

function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user whom no passwd file knows, as in a container.
    return `uid ${statSync('/proc/self').uid}`;
  }
}
