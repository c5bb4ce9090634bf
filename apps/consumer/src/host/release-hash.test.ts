import { expect, it } from 'vitest';
import { hashText, isReleaseFileName, hasItsHash } from './release-hash.ts';

const fileOf = (content: string): { name: string; content: string } => ({
  name: `${hashText(content)}.map`,
  content,
});
const a = fileOf('a');

it('a file is whole if its name is the hash of its content', () => {
  expect(hasItsHash(a)).toBe(true);
  expect(hasItsHash({ ...a, content: '' })).toBe(false);
  expect(hasItsHash({ ...a, name: 'a.map' })).toBe(false);
});

it.each(['../x.map', `${hashText('a')}`, `.${a.name}`, `${a.name}.new`, `x/${a.name}`])(
  '%s is no name of a file of a release',
  (name) => expect(isReleaseFileName(name)).toBe(false),
);
