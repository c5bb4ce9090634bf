import { describe, expect, it } from 'vitest';
import { DEFAULT_ETCD_PATH, keyAt, KEYS, memberKeyAt, prefixAt, type RangeName } from './keys.ts';

const RANGES = Object.entries(KEYS).flatMap(([name, { below }]) =>
  below.includes('<') ? [name as RangeName] : [],
);

describe('the names of keys', () => {
  it('keeps the keys that are in use, byte for byte', () => {
    expect(keyAt(DEFAULT_ETCD_PATH, 'config')).toBe('/stackexchange.com/haproxy-kubefigurator/config');
    expect(memberKeyAt('/fleet', 'hosts', 'lb-1')).toBe('/fleet/hosts/lb-1');
    expect(memberKeyAt('/fleet', 'alive', 'lb-1')).toBe('/fleet/alive/lb-1');
  });

  it('gives a path without a leading slash one', () => {
    expect(keyAt('fleet/config', 'config')).toBe('/fleet/config');
    expect(prefixAt('fleet', 'hosts')).toBe('/fleet/hosts/');
  });

  it('builds each member of a range below its prefix', () => {
    for (const name of RANGES) {
      expect(prefixAt('/fleet', name)).toMatch(/^\/fleet\/[a-z]+\/$/);
      expect(memberKeyAt('/fleet', name, 'a/b')).toBe(`${prefixAt('/fleet', name)}a/b`);
    }
  });

  it('keeps ranges and single keys apart, so that a watch of one never sees another', () => {
    const prefixes = RANGES.map((name) => prefixAt('/fleet', name));
    const singles = Object.values(KEYS).flatMap(({ below }) =>
      below.includes('<') ? [] : [`/fleet${below}`],
    );
    expect(new Set([...prefixes, ...singles]).size).toBe(Object.keys(KEYS).length);
    for (const prefix of prefixes) {
      const others = [...prefixes.filter((other) => other !== prefix), ...singles];
      expect(others.filter((other) => other.startsWith(prefix))).toEqual([]);
    }
  });
});
