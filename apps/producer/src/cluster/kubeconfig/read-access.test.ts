import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readAccess } from './read-access.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubefigurator-access-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, server: string): string {
  const file = join(folder, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(
    file,
    JSON.stringify({
      clusters: [{ name: 'c', cluster: { server } }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
  return file;
}
const a = write('a', 'https://a');
const b = write('b', 'https://b');
write('home/.kube/config', 'https://home');
const HOME = join(folder, 'home');
const serverOf = (env: Readonly<Record<string, string>>, kubeconfig?: string): string =>
  readAccess({ kubeconfig, env }).cluster.server;

describe('which kubeconfig counts', () => {
  it.each([
    ['~/.kube/config', { HOME }, 'https://home'],
    ['an empty $KUBECONFIG is none', { HOME, KUBECONFIG: '' }, 'https://home'],
    ['$KUBECONFIG', { HOME, KUBECONFIG: b }, 'https://b'],
    ['the first of several', { HOME, KUBECONFIG: `${a}:${b}` }, 'https://a'],
    ['the first that exists', { HOME, KUBECONFIG: `/none:${b}:${a}` }, 'https://b'],
  ])('%s', (_what, env, server) => expect(serverOf(env)).toBe(server));

  it('the one of --kubeconfig, alone', () => {
    expect(serverOf({ HOME, KUBECONFIG: a }, b)).toBe('https://b');
  });

  it.each([
    [
      'the one of --kubeconfig',
      { KUBECONFIG: a },
      '/none',
      "can't read the kubeconfig /none: there is no such file",
    ],
    ['all of $KUBECONFIG', { HOME, KUBECONFIG: '/none:/none2' }, undefined, 'names exists: /none, /none2'],
    [
      'the only one',
      { HOME, KUBECONFIG: '/none' },
      undefined,
      "can't read the kubeconfig /none: there is no such",
    ],
    ['everything', {}, undefined, 'there is no kubeconfig and no service account here'],
    ['the service account', { KUBECONFIG: a }, '', 'this is not a Pod with a service account'],
  ])('missing: %s', (_what, env, kubeconfig, sentence) => {
    expect(() => serverOf(env as Readonly<Record<string, string>>, kubeconfig)).toThrow(sentence);
  });

  it('one that can’t be read isn’t passed over', () => {
    expect(() => serverOf({ KUBECONFIG: `${folder}:${a}` })).toThrow(`${folder}: it is a folder`);
  });
});
