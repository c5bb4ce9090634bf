import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '../../support/sandbox/programs.ts';

/** A separate wall clock, through libfaketime, for all programs that are started after `createClock`. */
export interface Clock {
  /** Moves the wall clock; the programs see it within a second, and their monotonic clock isn't changed. */
  jump(seconds: number): void;
  /** Gives programs that are started later the machine's clock again. */
  release(): void;
}

/** Prepares the clock; without libfaketime it throws an error that says how to get it. */
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
