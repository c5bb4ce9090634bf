import { describe, expect, it } from 'vitest';
import { addressWithoutUserInfo, withoutUserInfo } from './user-info.ts';

describe('withoutUserInfo', () => {
  it.each([
    ['can\'t reach http://u:p@etcd:2379, "https://u:p@b/c"', 'can\'t reach http://etcd:2379, "https://b/c"'],
    ['http://u:p@ss@etcd', 'http://etcd'],
    ['http://u:p/w@etcd:2379/x', 'http://etcd:2379/x'],
    ['socks5h://token@proxy', 'socks5h://proxy'],
    ['HTTP://U:P@h', 'HTTP://h'],
    [
      'http://etcd:2379 and me@example.com, ipv4@10.0.0.1',
      'http://etcd:2379 and me@example.com, ipv4@10.0.0.1',
    ],
  ])('%j', (text, expected) => {
    expect(withoutUserInfo(text)).toBe(expected);
  });
});

describe('addressWithoutUserInfo', () => {
  it.each([
    ['http://u:p@etcd:2379', 'http://etcd:2379'],
    ['http:u:p@etcd', 'http:etcd'],
    ['http:/u:p@etcd', 'http:/etcd'],
    ['https:///u:p@etcd', 'https:///etcd'],
    ['u:p@ss@etcd:2379', 'etcd:2379'],
    ['u:p/w@etcd:2379', 'etcd:2379'],
    ['etcd:2379', 'etcd:2379'],
  ])('%j', (text, expected) => {
    expect(addressWithoutUserInfo(text)).toBe(expected);
  });
});
