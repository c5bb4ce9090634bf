import { describe, expect, it } from 'vitest';
import { DEFAULT_ETCD_PATH, keyAt, KEYS, memberKeyAt, prefixAt, type RangeName } from './keys.ts';

const RANGES = Object.entries(KEYS).flatMap(([name, { below }]) =>
  below.includes('<') ? [name as RangeName] : [],
);

describe('the names of keys', () => {
  it('never change for the keys that are in use', () => {
    expect(keyAt(DEFAULT_ETCD_PATH, 'config')).toBe('/stackexchange.com/haproxy-kubefigurator/config');
    expect(memberKeyAt('/fleet', 'hosts', 'lb-1')).toBe('/fleet/hosts/lb-1');
    expect(memberKeyAt('/fleet', 'alive', 'lb-1')).toBe('/fleet/alive/lb-1');
    expect(memberKeyAt('/fleet', 'releases', '*:443')).toBe('/fleet/releases/*:443');
  });

  it('begin with a slash, also if the path has none', () => {
    expect(keyAt('fleet/config', 'config')).toBe('/fleet/config');
    expect(prefixAt('fleet', 'hosts')).toBe('/fleet/hosts/');
  });

  it('of a range begin with its prefix', () => {
    for (const name of RANGES) {
      expect(prefixAt('/fleet', name)).toMatch(/^\/fleet\/[a-z]+\/$/);
      expect(memberKeyAt('/fleet', name, 'a/b')).toBe(`${prefixAt('/fleet', name)}a/b`);
    }
  });

  it('never begin with the prefix of another range, so that a watch sees only its own range', () => {
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
