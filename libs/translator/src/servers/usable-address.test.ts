import { parseNetwork } from '@kubefigurator/config-model';
import { describe, expect, it } from 'vitest';
import { parseUsableAddress } from './usable-address.ts';

const NETWORKS = ['10.9.0.0/16', 'fd00::/64'].flatMap((text) => parseNetwork(text) ?? []);

const same = (text: string): [string, string] => [text, text];

describe('parseUsableAddress', () => {
  it.each([
    ['10.9.0.1', '10.9.0.1'],
    ['::ffff:10.9.0.1', '10.9.0.1'],
    ['169.253.255.255', '169.253.255.255'],
    ['126.255.255.255', '126.255.255.255'],
    ['128.0.0.1', '128.0.0.1'],
    ['223.255.255.255', '223.255.255.255'],
    ['255.255.255.254', '255.255.255.254'],
    ['100.64.0.1', '100.64.0.1'],
    ['240.0.0.1', '240.0.0.1'],
    ['192.0.2.1', '192.0.2.1'],
    ['2001:DB8::11', '2001:db8::11'],
    ['fd00::11', 'fd00::11'],
    ['fe00::1', 'fe00::1'],
    ['64:ff9b::10.9.0.1', '64:ff9b::a09:1'],
    ['2002:a09:1::1', '2002:a09:1::1'],
    ...['192.0.1.0', '192.88.98.255', '192.88.100.0', '198.51.100.1', '203.0.113.1', '198.18.0.1'].map(same),
    ...['64:ff9b:2::1', '100:0:0:2::1', '2001:2::1', '2001:3::1', '2001:4:112::1', '2001:200::1'].map(same),
    ...['3fff::1', '5f01::1'].map(same),
  ])('%s is usable', (text, canonical) => {
    expect(parseUsableAddress(text)).toMatchObject({ address: { text: canonical } });
  });

  it.each([
    ['168.63.129.16', 'the metadata address of a cloud'],
    ['::ffff:168.63.129.16', 'the metadata address of a cloud'],
    ['100.100.100.200', 'the metadata address of a cloud'],
    ['192.0.0.192', 'the metadata address of a cloud'],
    ['fd00:ec2::254', 'the metadata address of a cloud'],
    ['fd20:ce::254', 'the metadata address of a cloud'],
    ['64:ff9b::168.63.129.16', 'the metadata address of a cloud'],
    ['2002:6464:64c8::1', 'the metadata address of a cloud'],
    ['127.0.0.1', 'loopback'],
    ['127.255.0.9', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['64:ff9b::127.0.0.1', 'loopback'],
    ['::ffff:0:127.0.0.1', 'loopback'],
    ['2002:7f00:1::', 'loopback'],
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['::', 'unspecified'],
    ['::ffff:0.0.0.0', 'unspecified'],
    ['64:ff9b::', 'unspecified'],
    ['169.254.10.1', 'link-local'],
    ['::ffff:169.254.169.254', 'link-local'],
    ['64:ff9b::a9fe:a9fe', 'link-local'],
    ['fe80::5054:ff:fe12:3456', 'link-local'],
    ['febf::1', 'link-local'],
    ['224.0.0.5', 'multicast'],
    ['239.255.255.255', 'multicast'],
    ['ff02::1', 'multicast'],
    ['ff0e::1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['::127.0.0.1', 'IPv4-compatible'],
    ['::10.9.0.1', 'IPv4-compatible'],
    ['64:ff9b:1::7f00:1', 'local-use translation'],
    ['64:ff9b:1:7f00:0:100::', 'local-use translation'],
    ['64:ff9b:1:ffff:ffff:ffff:ffff:ffff', 'local-use translation'],
    ['fec0::1', 'site-local'],
    ['feff:ffff::1', 'site-local'],
    ['100::1', 'discard-only'],
    ['100:0:0:1::1', 'dummy'],
    ['192.0.0.8', 'protocol assignment'],
    ['192.0.0.255', 'protocol assignment'],
    ['::ffff:192.0.0.8', 'protocol assignment'],
    ['64:ff9b::192.0.0.8', 'protocol assignment'],
    ['192.88.99.1', '6to4 relay'],
    ['2002:c058:6301::', '6to4 relay'],
    ['2001::1', 'Teredo'],
    ['2001:1::1', 'protocol assignment'],
    ['2001:20::1', 'protocol assignment'],
    ['2001:1ff::1', 'protocol assignment'],
    ['5f00::1', 'segment routing'],
    ['fe80::1%eth0', 'an address with a zone'],
    ['2001:db8::12%2', 'an address with a zone'],
    ['10.9.0.6/24', 'no IP address'],
    ['010.0.0.1', 'no IP address'],
    ['worker', 'no IP address'],
  ])('%s is passed over', (text, reason) => {
    expect(parseUsableAddress(text)).toEqual({ unusable: `"${text}" is ${reason}` });
  });

  it.each([
    ['10.9.0.1', '10.9.0.1'],
    ['::ffff:10.9.0.1', '10.9.0.1'],
    ['fd00::11', 'fd00::11'],
  ])('%s is usable inside of the networks', (text, canonical) => {
    expect(parseUsableAddress(text, NETWORKS)).toMatchObject({ address: { text: canonical } });
  });

  it.each([
    ['10.10.0.1', 'outside of --node-network'],
    ['::ffff:192.0.2.1', 'outside of --node-network'],
    ['fd01::11', 'outside of --node-network'],
    ['64:ff9b::10.9.0.1', 'outside of --node-network'],
    ['127.0.0.1', 'loopback'],
  ])('%s is passed over with networks', (text, reason) => {
    expect(parseUsableAddress(text, NETWORKS)).toEqual({ unusable: `"${text}" is ${reason}` });
  });
});
