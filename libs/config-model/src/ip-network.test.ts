import { expect, test } from 'vitest';
import { parseIp } from './ip.ts';
import { isInNetwork, parseNetwork } from './ip-network.ts';

test.each([
  ['10.1.0.0/16', 'IPv4', '10.1.0.0/16'],
  ['0.0.0.0/0', 'IPv4', '0.0.0.0/0'],
  ['10.1.0.11/32', 'IPv4', '10.1.0.11/32'],
  ['2001:DB8::/48', 'IPv6', '2001:db8::/48'],
  ['::/0', 'IPv6', '::/0'],
  ['::ffff:10.1.0.0/112', 'IPv4', '10.1.0.0/16'],
])('%s is the network %s %s', (text, family, canonical) => {
  expect(parseNetwork(text)).toEqual({ family, text: canonical });
});

test.each([
  ...['10.1.0.0', '10.1.0.0/33', '10.1.0.1/16', '10.1/16', '010.1.0.0/16', '10.1.0.0/016', '10.1.0.0/-1'],
  ...['2001:db8::1/48', '2001:db8::/129', '::ffff:10.1.0.0/16', '/8', '10.1.0.0/', ' 10.1.0.0/16', ''],
])('%j is no network', (text) => {
  expect(parseNetwork(text)).toBeUndefined();
});

test.each([
  ['10.1.255.255', '10.1.0.0/16', true],
  ['10.2.0.0', '10.1.0.0/16', false],
  ['10.1.0.11', '10.1.0.11/32', true],
  ['192.0.2.1', '0.0.0.0/0', true],
  ['2001:db8:0:ffff::1', '2001:db8::/48', true],
  ['2001:db8:1::1', '2001:db8::/48', false],
  ['2001:db8::1', '0.0.0.0/0', false],
  ['10.1.0.1', '::/0', false],
])('%s in %s: %s', (address, network, expected) => {
  const [ip, parsed] = [parseIp(address), parseNetwork(network)];
  expect(ip && parsed && isInNetwork(ip, parsed)).toBe(expected);
});
