import { describe, expect, it } from 'vitest';
import { parseBoolean, parseDuration, parseHostPort, parsePort, parseWhole } from './parse.ts';

describe('parsers', () => {
  it.each([
    ['127.0.0.1:9641', { host: '127.0.0.1', port: 9641 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    [':9640', { host: '::', port: 9640 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
  ])('%s is an address', (text, value) => expect(parseHostPort(text)).toEqual({ value }));

  it.each(['', 'x', '9640', '::1:80', 'a:65536', 'a b:1', 'http://a:1', '[x]:1'])(
    '%s is no address',
    (text) => expect(parseHostPort(text)).toHaveProperty('reason'),
  );

  it.each([
    ['300ms', 300],
    ['10s', 10_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
  ])('%s is a duration', (text, value) => expect(parseDuration(text)).toEqual({ value }));

  it.each(['', '5', 's', '-1s', '1.5s', '1 s', '1d'])('"%s" is no duration', (text) =>
    expect(parseDuration(text)).toHaveProperty('reason'),
  );

  it('refuse what is no whole number within the bounds', () => {
    expect(parseWhole('-3', -5, 5)).toEqual({ value: -3 });
    for (const text of ['', '6', '1e1', '0x1', '1.0', '٣', '9'.repeat(30)])
      expect(parseWhole(text, -5, 5)).toHaveProperty('reason');
    for (const text of ['0', '65536', 'http']) expect(parsePort(text)).toHaveProperty('reason');
  });

  it('read true and false in any letter case', () => {
    expect([parseBoolean('ON'), parseBoolean('0')]).toEqual([{ value: true }, { value: false }]);
  });
});
