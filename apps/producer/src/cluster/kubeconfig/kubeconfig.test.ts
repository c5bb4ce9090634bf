import { describe, expect, it } from 'vitest';
import { describeFailure, revealSecret } from '@kubefigurator/daemon';
import { type Access, chooseAccess } from './choose-access.ts';
import { mergeKubeconfigs } from './kubeconfig.ts';
import { parseKubeconfig } from './parse-kubeconfig.ts';

const entry = (cluster: object, user: object): string =>
  JSON.stringify({
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
const server = { server: 'https://api:6443' };
const parse = (text: string, file = '/k/config'): ReturnType<typeof parseKubeconfig> =>
  parseKubeconfig(text, file);
const access = (...texts: readonly string[]): Access =>
  chooseAccess(mergeKubeconfigs(texts.map((text, index) => parse(text, `/k${index}/config`))));

function told(work: () => unknown): string {
  try {
    return `nothing wrong: ${JSON.stringify(work())}`;
  } catch (error) {
    return describeFailure(error);
  }
}

describe('a kubeconfig', () => {
  it('gives cluster and user of its current context, with paths from its folder', () => {
    const { cluster, user } = access(
      entry(
        { ...server, 'certificate-authority': 'pki/ca.crt' },
        {
          tokenFile: '../token',
          exec: { command: './plugin', args: ['a'], env: [{ name: 'A', value: 'b' }] },
          as: 'bob',
          'as-groups': ['g'],
        },
      ),
    );
    expect(cluster).toMatchObject({ server: 'https://api:6443', caFile: '/k0/pki/ca.crt', insecure: false });
    expect(user.tokenFile).toBe('/token');
    expect(user.exec).toMatchObject({ command: '/k0/plugin', args: ['a'], env: { A: 'b' } });
    expect(user.impersonate).toMatchObject({ user: 'bob', groups: ['g'] });
  });

  it.each([
    ['api:6443', {}, 'http://api:6443'],
    ['api:6443', { 'certificate-authority': 'ca' }, 'http://api:6443'],
    ['https://api/k8s/', {}, 'https://api/k8s'],
    ['HTTPS://api', {}, 'HTTPS://api'],
  ])('with the server %s %j is asked at %s', (text, more, expected) => {
    expect(access(entry({ server: text, ...more }, {})).cluster.server).toBe(expected);
  });

  it('leaves the command of a plugin as it is if it has no slash: $PATH is searched for it', () => {
    expect(access(entry(server, { exec: { command: 'aws' } })).user.exec?.command).toBe('aws');
  });
});

describe('several kubeconfigs', () => {
  const other = entry({ server: 'https://other' }, { token: 'other' });
  const part = (fields: object): string => JSON.stringify(fields);

  it('are merged name by name: the first file that has it wins', () => {
    const { cluster, user } = access(entry(server, { token: 'first' }), other);
    expect(cluster.server).toBe('https://api:6443');
    expect(revealSecret(user.token ?? ({} as never))).toBe('first');
  });

  it('aren’t mixed inside of an entry', () => {
    const { user } = access(
      entry(server, { token: 'first' }),
      entry(server, { username: 'me', password: 'p' }),
    );
    expect(user.username).toBeUndefined();
  });

  it('take the current context from the first that has one', () => {
    const without = part({ contexts: [{ name: 'y', context: { cluster: 'c', user: 'u' } }] });
    expect(access(without, other).cluster.server).toBe('https://other');
    expect(access(part({ 'current-context': 'y' }), without, other).cluster.server).toBe('https://other');
    expect(access(part({ 'current-context': '' }), other).cluster.server).toBe('https://other');
  });

  it('take cluster, user and context from different files, each with the paths of its own', () => {
    const { cluster, user } = access(
      part({ contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }], 'current-context': 'x' }),
      part({ clusters: [{ name: 'c', cluster: { ...server, 'certificate-authority': 'ca' } }] }),
      part({ users: [{ name: 'u', user: { tokenFile: 'tok' } }] }),
    );
    expect([cluster.caFile, user.tokenFile]).toEqual(['/k1/ca', '/k2/tok']);
  });
});

describe('a kubeconfig that can’t be used is explained in one sentence', () => {
  it.each([
    ['empty', '', /^the kubeconfig \/k0\/config is empty; write it again/],
    ['only comments', '# later\n---\n', /is empty; write/],
    ['null', 'null', /is empty/],
    ['a web page', '<!DOCTYPE html><html>', /is a web page; it was saved from a login/],
    ['no mapping', '[1]', /holds no mapping/],
    ['a text', 'tok-SECRET', /holds no mapping/],
    ['no YAML', 'users:\n- name: u\n  token: tok-SECRET: {', /isn't YAML: .* \(line 3\); write it again/],
    ['tabs', 'users:\n\t- tok-SECRET', /isn't YAML: .*\(line 2\)/],
    ['another kind', 'kind: Service', /is no kubeconfig: its kind is Service; give manifests with --from/],
    ['no list', 'clusters: {}', /is wrong: clusters is not a list; correct it$/],
    [
      'a number as token',
      'users: [{name: u, user: {token: 1234567}}]',
      /token of user "u" is not a text; put it/,
    ],
    [
      'a name twice',
      'users: [{name: u}, {name: u}]',
      /is wrong: it has the user "u" twice; rename or remove one of them/,
    ],
    ['no current context', 'contexts: [{name: a}]', /has no current context; choose one with .* are: a\)$/],
    [
      'no such context',
      'current-context: x',
      /has no context "x", which is its current one; choose one with/,
    ],
    [
      'context without cluster',
      entry(server, {}).replace('"cluster":"c",', ''),
      /"x" of .* names no cluster; name/,
    ],
    [
      'context without user',
      entry(server, {}).replace(',"user":"u"', ''),
      /names no user; name one with `kubectl/,
    ],
    [
      'no such user',
      entry(server, {}).replace('"name":"u"', '"name":"v"'),
      /has no user "u", which .* are: v\)$/,
    ],
    [
      'no such cluster',
      entry(server, {}).replace('"name":"c"', '"name":"d"'),
      /has no cluster "c", which its/,
    ],
    ['no server', entry({}, {}), /the server of cluster "c" in .* is missing; give the address/],
    [
      'no URL',
      entry({ server: 'https://a b' }, {}),
      /the server of cluster "c" .* is not a URL: https:\/\/a b; give/,
    ],
    ['not HTTP', entry({ server: 'ftp://me:SECRET@a' }, {}), /is not a URL: ftp:\/\/a; give/],
    [
      'a token and a user name',
      entry(server, { token: 'SECRET', username: 'u' }),
      /has both a token and a user name/,
    ],
    [
      'exec and provider',
      entry(server, { exec: {}, 'auth-provider': {} }),
      /has both exec and auth-provider/,
    ],
    [
      'no key',
      entry(server, { 'client-certificate': 'a' }),
      /a client-certificate but no client-key; add the/,
    ],
  ])('%s', (_what, text, sentence) => {
    const words = told(() => access(text));
    expect(words).toMatch(sentence);
    expect(words).not.toContain('SECRET');
    expect(words).not.toContain('\n');
  });
});
