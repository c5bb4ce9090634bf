import { describe, expect, it } from 'vitest';
import { checkEtcdSettings, etcdSettings, type EtcdSettings } from './etcd-settings.ts';

const none: EtcdSettings = {
  etcdHost: ['http://127.0.0.1:2379'],
  etcdPath: '/key',
  etcdCaFile: undefined,
  etcdClientCertFile: undefined,
  etcdClientKeyFile: undefined,
  etcdUser: undefined,
  etcdPasswordFile: undefined,
  etcdProxy: undefined,
};

describe('--etcd-host', () => {
  it.each([
    ['http://a:2379', 'http://a:2379'],
    ['https://etcd.example:443/', 'https://etcd.example:443'],
    ['https://etcd.example', 'https://etcd.example:2379'],
    ['http://a:80', 'http://a:80'],
    ['10.0.0.1', 'http://10.0.0.1:2379'],
    ['etcd-1:4001', 'http://etcd-1:4001'],
    ['http://[::1]:2379', 'http://[::1]:2379'],
  ])('%s is %s', (text, host) => expect(etcdSettings.etcdHost.parse([text])).toEqual({ value: [host] }));

  it.each([
    'ftp://a:1',
    'http://',
    'http://a:99999',
    'http://a/v3',
    'http://a?x',
    'http://a#x',
    'http://a b',
  ])('refuses %s', (text) => {
    const parsed = etcdSettings.etcdHost.parse([text]);
    expect(parsed).toEqual({
      reason: `"${text}" is not an address of etcd; give a URL such as http://127.0.0.1:2379`,
    });
  });

  it('never repeats a password', () => {
    const parsed = etcdSettings.etcdHost.parse(['http://root:hunter2@a:2379']);
    expect(parsed).toEqual({ reason: expect.stringContaining('--etcd-password-file') as string });
    expect(JSON.stringify(parsed)).not.toContain('hunter2');
  });
});

describe('--etcd-path', () => {
  it.each(['/a/b', 'a/b', '/a/b/', 'a/b//'])('%s is the key /a/b', (text) =>
    expect(etcdSettings.etcdPath.parse([text])).toEqual({ value: '/a/b' }),
  );

  it.each([
    ['/a//b', '"/a//b" has an empty part between two slashes'],
    ['//a', '"//a" has an empty part between two slashes'],
    ['/a b', '"/a b" has a blank, a line break or an invisible character in it'],
    ['/a/b ', '"/a/b " has a blank, a line break or an invisible character in it'],
    [' /a/b', '" /a/b" has a blank, a line break or an invisible character in it'],
    ['/a/b\n', '"/a/b\\n" has a blank, a line break or an invisible character in it'],
    ['/a\u200b', `"/a\u200b" has a blank, a line break or an invisible character in it`],
    ['/', '"/" names no key'],
    ['//', '"//" names no key'],
  ])('refuses %j', (text, reason) =>
    expect(etcdSettings.etcdPath.parse([text])).toEqual({
      reason: `${reason}; give a key such as /stackexchange.com/haproxy-kubefigurator/config`,
    }),
  );
});

describe('checkEtcdSettings', () => {
  const https = { etcdHost: ['https://a:2379'] };
  it.each([
    [{}, undefined],
    [https, undefined],
    [{ ...https, etcdCaFile: 'c', etcdClientCertFile: 'a', etcdClientKeyFile: 'b' }, undefined],
    [{ ...https, etcdClientCertFile: 'a' }, '--etcd-client-cert-file: needs --etcd-client-key-file as well'],
    [{ ...https, etcdClientKeyFile: 'b' }, '--etcd-client-key-file: needs --etcd-client-cert-file as well'],
    [{ etcdUser: 'u' }, '--etcd-user: needs --etcd-password-file as well'],
    [
      { etcdHost: ['http://a:1', 'https://b:1'] },
      '--etcd-host: give all addresses with http or all with https',
    ],
    [
      { etcdCaFile: 'c' },
      '--etcd-host: certificates are given, but the address is http; give an https address',
    ],
  ])('%j', (some, message) => {
    const check = (): void => checkEtcdSettings({ ...none, ...some });
    if (message === undefined) expect(check).not.toThrow();
    else expect(check).toThrow(message);
  });
});
