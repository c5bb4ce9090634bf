import { expect, test } from 'vitest';
import { formatAddressPort, parseIp } from './ip.ts';

test.each([
  ['10.0.0.1', 'IPv4', '10.0.0.1'],
  ['255.255.255.255', 'IPv4', '255.255.255.255'],
  ['::', 'IPv6', '::'],
  ['::1', 'IPv6', '::1'],
  ['2001:DB8:0:0:0:0:0:1', 'IPv6', '2001:db8::1'],
  ['2001:db8:0:1:1:1:1:1', 'IPv6', '2001:db8:0:1:1:1:1:1'],
  ['2001:0db8::', 'IPv6', '2001:db8::'],
  ['64:ff9b::10.0.0.1', 'IPv6', '64:ff9b::a00:1'],
  ['::ffff:10.0.0.1', 'IPv4', '10.0.0.1'],
])('%s is read as %s %s', (text, family, canonical) => {
  expect(parseIp(text)).toEqual({ family, text: canonical });
});

test.each([
  '',
  '*',
  '1.2.3',
  '0x7f.1',
  '010.0.0.1',
  '1.2.3.256',
  '1.2.3.4.5',
  ' 10.0.0.1',
  '10.0.0.1\n',
  '1.2.3.4/24',
  ':',
  ':::',
  '1::2::3',
  '12345::',
  'fe80::1%eth0',
  '[::1]',
  '::ffff:010.0.0.1',
  '::1.2.3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  'g::1',
  '::ffff:0x7f.1',
  `::${'0'.repeat(10_000)}1`,
])('%j is no address', (text) => {
  expect(parseIp(text)).toBeUndefined();
});

test('IPv6 addresses stand in brackets before a port', () => {
  expect(formatAddressPort('::1', 443)).toBe('[::1]:443');
  expect(formatAddressPort('10.0.0.1', 443)).toBe('10.0.0.1:443');
});
