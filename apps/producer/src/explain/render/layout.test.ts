import { expect, it } from 'vitest';
import { countedNoun, renderField, renderFieldList, terminalText, terminalJson } from './layout.ts';

it('a list stands below its label, and is cut', () => {
  expect(renderFieldList(0, 'Servers', ['a', 'b'])).toEqual(['Servers:          a', '                  b']);
  const many = renderFieldList(
    1,
    'Servers',
    Array.from({ length: 1_234 }, (_, index) => String(index)),
  );
  expect(many).toHaveLength(11);
  expect(many.at(-1)?.trim()).toBe('and 1,224 more (-o json)');
  expect(renderFieldList(0, 'Servers', [])).toEqual([]);
});

it('values are in one column on each level', () => {
  expect(renderField(0, 'Bind', 'x').indexOf('x')).toBe(renderField(1, 'Bind', 'x').indexOf('x'));
});

it.each([
  [1, '1 host'],
  [0, '0 hosts'],
  [2_000, '2,000 hosts'],
])('%d: %s', (number, text) => expect(countedNoun(number, 'host')).toBe(text));

it('nothing that others have written controls the terminal', () => {
  const hostile = 'a\u001b[2Jb\u009b2Jc\u202ed\re\tf\ng…';
  expect(terminalText(hostile)).toBe('a?[2Jb?2Jc?d?e?f\ng…');
  const json = terminalJson(JSON.stringify({ hostile }));
  expect(json).not.toMatch(/[\u001b\u009b\u202e]/);
  expect(JSON.parse(json)).toEqual({ hostile });
});
