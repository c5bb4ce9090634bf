import type { NetworkInterfaceInfo } from 'node:os';
import { expect, it } from 'vitest';
import { localAddresses, ownAddresses } from './addresses.ts';

const at = (address: string, internal = false): NetworkInterfaceInfo => ({
  ...{ address, internal, netmask: '', mac: '', cidr: null },
  family: 'IPv4',
});

it('names what other machines can reach, each once', () => {
  const list = (): NodeJS.Dict<NetworkInterfaceInfo[]> => ({
    lo: [at('127.0.0.1', true)],
    eth0: [at('192.0.2.7'), at('2001:db8::7'), at('fe80::1'), at('169.254.3.4')],
    eth1: [at('192.0.2.7')],
  });
  expect(localAddresses(list)).toEqual(['192.0.2.7', '2001:db8::7']);
});

it('names the first eight of many', () => {
  const many = Array.from({ length: 300 }, (_, index) => at(`192.0.2.${index}`));
  expect(localAddresses(() => ({ eth0: many }))).toHaveLength(8);
});

it('names none if the system does not tell them', () => {
  const refuse = (): never => {
    throw new Error('uv_interface_addresses returned Unknown system error 97');
  };
  expect(localAddresses(refuse)).toEqual([]);
  expect(ownAddresses(refuse)).toEqual([]);
});

it('knows every address at which the host reaches itself, in one spelling', () => {
  const list = (): NodeJS.Dict<NetworkInterfaceInfo[]> => ({
    lo: [at('127.0.0.1', true), at('::1', true)],
    eth0: [at('192.0.2.7'), at('2001:DB8:0::7'), at('fe80::1%eth0')],
    eth1: Array.from({ length: 300 }, (_, index) => at(`10.0.${index >> 8}.${index & 255}`)),
  });
  const own = ownAddresses(list);
  expect(own).toHaveLength(305);
  expect(own).toEqual(
    expect.arrayContaining(['127.0.0.1', '::1', '192.0.2.7', '2001:db8::7', 'fe80::1', '10.0.1.43']),
  );
});
