import { describe } from 'vitest';
import { eachHaproxy } from './haproxy.ts';

/** Repeats the tests on each HAProxy, with its version in their titles; `haproxyBinary` is for `startFleet`. */
export function onEachHaproxy(title: string, tests: (haproxyBinary: string) => void): void {
  describe.each(eachHaproxy())(`${title} (HAProxy %s)`, (_version, { path }) => {
    tests(path);
  });
}
