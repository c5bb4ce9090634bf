import { expect, it } from 'vitest';
import { terminalDiff } from './layout.ts';

it('shows control characters of a difference, except tabs and line ends', () => {
  expect(terminalDiff('-a\tb\n+\u001b[2J\r\u202e\n')).toBe('-a\tb\n+\\u001b[2J\\u000d\\u202e\n');
});
