import { expect, it } from 'vitest';
import { displayName, quoteUserText } from './quote.ts';

it.each([
  ['plain', '"plain"'],
  ['', '""'],
  ['a"b\\c', '"a\\"b\\\\c"'],
  ['a\nb', '"a\\nb"'],
  ['\u2028\u202e\u001b[31m', '"\\u{2028}\\u{202e}\\u{1b}[31m"'],
  ['é😀', '"\\u{e9}\\u{1f600}"'],
  ['x'.repeat(61), `"${'x'.repeat(60)}…" (61 characters)`],
])('quote(%j) is %s', (text, quoted) => expect(quoteUserText(text)).toBe(quoted));

it('a plain name is shown as it is, any other one quoted', () => {
  expect(displayName('worker-a.example.com')).toBe('worker-a.example.com');
  expect(displayName('worker a')).toBe('"worker a"');
});
