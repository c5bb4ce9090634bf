import { expect, it } from 'vitest';
import { createGate } from './gate.ts';
import { good, settings } from './testing/sample-gate.ts';

const judge = createGate(settings);

it.each([
  ['a control character', '  description a\u0001\n'],
  ['a carriage return within a line', '  description a\rb\n'],
  ['a carriage return at the end of a line', '  description a\r\n'],
  ['a carriage return at the end', '  description a\r'],
  ['a last line without a newline', '  description a'],
  ['too long a line', `  description ${'a'.repeat(65_536)}\n`],
  ['too many words on a line', `  description ${'a '.repeat(1_001)}\n`],
  ['nothing', ''],
])('judges a text beside one that it accepted as it does alone: %s', (_, line) => {
  const known = judge(good);
  if (known.kind !== 'accepted') throw new Error('the good text was refused');
  for (const text of [`${good}${line}`, good.replace('  mode http\n', `  mode http\n${line}`)]) {
    const [beside, alone] = [judge(text, known.config), judge(text)];
    expect(outcomeOf(beside)).toEqual(outcomeOf(alone));
  }
});

function outcomeOf(verdict: ReturnType<typeof judge>): unknown {
  if (verdict.kind === 'accepted') return verdict.text;
  return verdict.kind === 'refused' ? verdict.blame : verdict.kind;
}
