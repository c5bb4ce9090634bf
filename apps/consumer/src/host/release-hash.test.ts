import { expect, it } from 'vitest';
import { hashRelease, hashText, isReleaseFileName, hasItsHash, releaseIdentity } from './release-hash.ts';

const text = 'frontend a\n';
const fileOf = (content: string): { name: string; content: string } => ({
  name: `${hashText(content)}.map`,
  content,
});
const [a, b] = [fileOf('a'), fileOf('b')];

it('the identity of a release without files is the hash of its text', () => {
  expect(hashRelease({ text, files: [] })).toBe(hashText(text));
});

it('with files it is that of the text and of each file, in any order', () => {
  const identity = hashRelease({ text, files: [a, b] });
  expect(hashRelease({ text, files: [b, a] })).toBe(identity);
  expect(releaseIdentity(hashText(text), [a.name, b.name])).toBe(identity);
  const others = [
    { text, files: [] },
    { text, files: [a] },
    { text: `${text} `, files: [a, b] },
  ].map(hashRelease);
  expect(new Set([identity, ...others]).size).toBe(4);
});

it('a file is whole if its name is the hash of its content', () => {
  expect(hasItsHash(a)).toBe(true);
  expect(hasItsHash({ ...a, content: '' })).toBe(false);
  expect(hasItsHash({ ...a, name: 'a.map' })).toBe(false);
});

it.each(['../x.map', `${hashText('a')}`, `.${a.name}`, `${a.name}.new`, `x/${a.name}`])(
  '%s is no name of a file of a release',
  (name) => expect(isReleaseFileName(name)).toBe(false),
);
