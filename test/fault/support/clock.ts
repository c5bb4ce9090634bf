import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '../../support/sandbox/programs.ts';

/** A wall clock of their own for all programs that are started from now on, through libfaketime. */
export interface Clock {
  /** Moves the wall clock; the programs see it within a second, and their monotonic clock goes on as before. */
  jump(seconds: number): void;
  /** Programs started from now on have the machine's clock again. */
  release(): void;
}

/** Prepares the clock; fails with how to get libfaketime. */
export function createClock(): Clock {
  const library = process.env['KUBEFIGURATOR_FAKETIME'];
  if (library === undefined) {
    const problem = process.env['KUBEFIGURATOR_FAKETIME_PROBLEM'] ?? '';
    throw new Error(`libfaketime is needed: install it, or name it in $KUBEFIGURATOR_FAKETIME. ${problem}`);
  }
  const file = join(scratchFolder(), 'clock');
  const jump = (seconds: number): void => {
    writeFileSync(file, `${seconds < 0 ? '' : '+'}${String(seconds)}\n`);
  };
  jump(0);
  const environment = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_CACHE_DURATION: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
    NO_FAKE_STAT: '1',
  };
  Object.assign(process.env, environment);
  return {
    jump,
    release: () => {
      for (const name of Object.keys(environment)) Reflect.deleteProperty(process.env, name);
    },
  };
}
