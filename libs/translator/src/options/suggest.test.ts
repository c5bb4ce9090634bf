import { expect, it } from 'vitest';
import { suggestWord } from '../diagnostics/suggest.ts';
import { OPTIONS } from './table.ts';

const OPTION_NAMES = OPTIONS.map(({ name }) => name);

it.each([
  ['hostnam', 'hostname'],
  ['hsotname', 'hostname'],
  ['host-name', 'hostname'],
  ['HOSTNAME', 'hostname'],
  ['listenport', 'listen-port'],
  ['listen-prot', 'listen-port'],
  ['ssl-cert', undefined],
  ['use_ssl', 'use-ssl'],
  ['backend-use-ssl', 'backends-use-ssl'],
  ['backends-balance', 'backends-balance-method'],
  ['frobnicate', undefined],
  ['', undefined],
])('%s: %s', (word, meant) => {
  expect(suggestWord(word, OPTION_NAMES)).toBe(meant);
});

it('of two equally near words the first is offered', () => {
  expect(suggestWord('ab', ['ac', 'ad'])).toBe('ac');
});

it('a very long word means nothing', () => {
  expect(suggestWord('h'.repeat(10_000), OPTION_NAMES)).toBeUndefined();
});
