import { describe, expect, it } from 'vitest';
import type { Intent } from '../intent/intent.ts';
import { parseListenAddresses } from '../options/values/listen-address.ts';
import { defaultServiceLimits } from '../snapshot/limits.ts';
import { permitLocalAddresses } from './local-addresses.ts';

/** A port with this `listen-ip`. */
function intent(text: string): Intent {
  const parsed = parseListenAddresses(text, { limits: defaultServiceLimits });
  if (!parsed.ok) throw new Error(parsed.reason);
  const bind = { addresses: { kind: 'addresses', addresses: parsed.value }, port: 80 };
  return { source: { namespace: 'shop', service: 'web', port: 'http' }, bind } as unknown as Intent;
}

interface Result {
  readonly isServed: boolean;
  readonly says: readonly string[];
}

function permitted(text: string, has: readonly string[] = [], localListenAddresses = false): Result {
  const { intents, diagnostics } = permitLocalAddresses([intent(text)], {
    settings: { localListenAddresses },
    isOnAddress: (_intent, address) => has.includes(address),
  });
  return {
    isServed: intents.length === 1,
    says: diagnostics.map(({ code, message }) => `${code}: ${message}`),
  };
}

describe('listen addresses that software on the hosts trusts', () => {
  it.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['::1', 'loopback'],
    ['0:0:0:0:0:0:0:1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['64:ff9b::7f00:1', 'loopback'],
    ['169.254.169.254', 'link-local'],
    ['::ffff:169.254.169.254', 'link-local'],
    ['fe80::1', 'link-local'],
    ['febf::1', 'link-local'],
    ['224.0.0.18', 'multicast'],
    ['ff02::1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['0.0.0.1', 'unspecified'],
    ['::127.0.0.1', 'IPv4-compatible'],
    ['100.100.100.200', 'metadata'],
    ['168.63.129.16', 'metadata'],
    ['fd00:ec2::254', 'metadata'],
    ['fd00:ec2::23', 'metadata'],
    ['fd00:42::42', 'metadata'],
    ['64:ff9b:1::7f00:1', 'local-use translation'],
    ['fec0::1', 'site-local'],
    ['192.0.0.8', 'protocol assignment'],
    ['2001::1', 'Teredo'],
  ])('%s is %s, and left out without the flag', (text, kind) => {
    const { isServed, says } = permitted(text);
    expect({ isServed, says }).toEqual({ isServed: false, says: [expect.stringContaining(`(${kind})`)] });
    expect(says[0]).toMatch(/^local-address: listen-ip holds /);
    expect(permitted(text, [], true)).toEqual({ isServed: true, says: [] });
  });

  it.each([
    '*',
    '::',
    '0.0.0.0',
    '::0',
    '::ffff:0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '203.0.113.7',
    'fd00::1',
    '2001:db8::1',
  ])('%s is none of them', (text) => {
    expect(permitted(text)).toEqual({ isServed: true, says: [] });
  });

  it('leave out the port if one of a list is new, and name it', () => {
    const { isServed, says } = permitted('10.0.0.1, 127.0.0.1, ::1', ['127.0.0.1', '10.0.0.1']);
    expect(isServed).toBe(false);
    expect(says).toEqual([expect.stringMatching(/^local-address: listen-ip holds ::1 \(loopback\), which/)]);
  });

  it('stay with a warning if the port has all of them already', () => {
    const { isServed, says } = permitted('10.0.0.2,127.0.0.1', ['127.0.0.1']);
    expect(isServed).toBe(true);
    expect(says).toEqual([expect.stringMatching(/^kept-local-address: listen-ip holds 127\.0\.0\.1 /)]);
  });
});
