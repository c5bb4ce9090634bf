import { expect, it } from 'vitest';
import { isPublishedFile } from './certificate-file.ts';

it.each([
  ['/ssl/a.pem', 'a.pem', true],
  ['/ssl/team/a.pem', 'team/a.pem', true],
  ['/ssl/team/a.pem', 'a.pem', false],
  ['/ssl/a.pem', 'team/a.pem', false],
  ['/ssl/xa.pem', 'a.pem', false],
  // Published with another certificate folder.
  ['/before/a.pem', 'a.pem', true],
  ['/certs/pool.pem', '/certs/pool.pem', true],
  ['/ssl/certs/pool.pem', '/certs/pool.pem', false],
])('%s is published for %s: %s', (path, file, isIt) => {
  expect(isPublishedFile(path, file, '/ssl')).toBe(isIt);
});

it('without a known folder the end of the path decides', () => {
  expect(isPublishedFile('/ssl/team/a.pem', 'a.pem', undefined)).toBe(true);
});
