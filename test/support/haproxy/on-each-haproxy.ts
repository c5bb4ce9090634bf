import { describe } from 'vitest';
import { eachHaproxy } from './haproxy.ts';

/** Tests once on each HAProxy the harness has, with its version in their names; `haproxyBinary` is for `startFleet`. */
export function onEachHaproxy(title: string, tests: (haproxyBinary: string) => void): void {
  describe.each(eachHaproxy())(`${title} (HAProxy %s)`, (_version, { path }) => {
    tests(path);
  });
}
