import { describe, expect, it } from 'vitest';
import { DEFAULT_ETCD_PATH, etcdKeyAt, KEYS, etcdMemberKeyAt, etcdPrefixAt, type RangeName } from './keys.ts';

const RANGES = Object.entries(KEYS).flatMap(([name, { below }]) =>
  below.includes('<') ? [name as RangeName] : [],
);

describe('the names of keys', () => {
  it('never change for the keys that are in use', () => {
    expect(etcdKeyAt(DEFAULT_ETCD_PATH, 'config')).toBe('/stackexchange.com/haproxy-kubefigurator/config');
    expect(etcdMemberKeyAt('/fleet', 'hosts', 'lb-1')).toBe('/fleet/hosts/lb-1');
    expect(etcdMemberKeyAt('/fleet', 'alive', 'lb-1')).toBe('/fleet/alive/lb-1');
    expect(etcdMemberKeyAt('/fleet', 'releases', '*:443')).toBe('/fleet/releases/*:443');
    expect(etcdMemberKeyAt('/fleet', 'history', '42')).toBe('/fleet/history/records/42');
    expect(etcdMemberKeyAt('/fleet', 'texts', '42')).toBe('/fleet/history/texts/42');
    expect(etcdKeyAt('/fleet', 'pin')).toBe('/fleet/pin');
  });

  it('begin with a slash, also if the path has none', () => {
    expect(etcdKeyAt('fleet/config', 'config')).toBe('/fleet/config');
    expect(etcdPrefixAt('fleet', 'hosts')).toBe('/fleet/hosts/');
  });

  it('of a range begin with its prefix', () => {
    for (const name of RANGES) {
      expect(etcdPrefixAt('/fleet', name)).toMatch(/^\/fleet(?:\/[a-z]+){1,2}\/$/);
      expect(etcdMemberKeyAt('/fleet', name, 'a/b')).toBe(`${etcdPrefixAt('/fleet', name)}a/b`);
    }
  });

  it('never begin with the prefix of another range, so that a watch sees only its own range', () => {
    const prefixes = RANGES.map((name) => etcdPrefixAt('/fleet', name));
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
