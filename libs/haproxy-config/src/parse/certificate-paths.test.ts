import { expect, it } from 'vitest';
import { withoutTrailingSlashes } from './certificate-paths.ts';

it('takes slashes off the end of a path, in linear time', () => {
  expect(['/ssl//', '/', '///', '/ssl//a', ''].map(withoutTrailingSlashes)).toEqual([
    '/ssl',
    '/',
    '/',
    '/ssl//a',
    '',
  ]);
  const path = `/ssl${'/'.repeat(200_000)}a`;
  const began = performance.now();
  expect(withoutTrailingSlashes(path)).toBe(path);
  expect(performance.now() - began).toBeLessThan(2_000);
});
