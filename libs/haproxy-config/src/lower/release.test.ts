import { expect, it } from 'vitest';
import { lower } from './release.ts';

const text = '# header\nfrontend a\n  bind :80\n';

it('the release of a text is the text, without files', () => {
  expect(lower(text, '7')).toMatchObject({ revision: '7', text, files: [] });
});

it('each line of the release is the same line of the portable text; no file was made from it', () => {
  const { portableLine } = lower(text, '7');
  text.split('\n').forEach((_, index) => {
    expect(portableLine({ file: undefined, line: index + 1 })).toBe(index + 1);
  });
  expect(portableLine({ file: 'a.map', line: 1 })).toBeUndefined();
});
