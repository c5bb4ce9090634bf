import { afterAll, beforeAll, describe, it } from 'vitest';
import type { KubeconfigJudge } from '../support/kube/kubeconfig-judge.ts';
import { EXEC_V1, startKubeconfigJudge } from '../support/kube/kubeconfig-judge.ts';
import type { KubeconfigCase } from '../support/kube/kubeconfig-case.ts';
import { BRIDGE_ADDRESS } from '../support/sandbox/network.ts';

/** Each case is given to the producer and to kubectl, which must agree; the files `kubeconfig*` have further cases. */
describe('a kubeconfig works with the producer if it works with kubectl:', () => {
  let judge: KubeconfigJudge;

  beforeAll(async () => {
    judge = await startKubeconfigJudge();
  }, 120_000);
  afterAll(() => judge.close());

  describe('lists in $KUBECONFIG', () => {
    it.each<readonly [string, () => KubeconfigCase]>([
      [
        'the first file wins for each name',
        () => ({
          list: 'a:b',
          files: { a: judge.good(), b: judge.config({ token: 'other' }, { server: 'https://10.99.0.1:1' }) },
        }),
      ],
      [
        'the current context is in a later file',
        () => ({
          list: 'a:b',
          files: { a: only(judge.good(), 'clusters', 'users', 'contexts'), b: { 'current-context': 'x' } },
        }),
      ],
      [
        'the first file has another cluster and no current context',
        () => ({
          list: 'a:b',
          files: {
            a: { ...judge.good({ server: 'https://10.99.0.1:1' }, '2'), 'current-context': '' },
            b: judge.good(),
          },
        }),
      ],
      [
        'files that don’t exist are passed over',
        () => ({ list: 'none:a:none2', files: { a: judge.good() } }),
      ],
      ['empty names are passed over', () => ({ list: ':a::', files: { a: judge.good() } })],
      ['the same file twice', () => ({ list: 'a:a', files: { a: judge.good() } })],
      ['an empty file among them', () => ({ list: 'e:a', files: { e: '{}', a: judge.good() } })],
      [
        'one file per part, and paths from the folder of each',
        () => ({
          list: 'a/context:b/cluster:c/user',
          files: {
            'a/context': only(judge.good(), 'contexts', 'current-context'),
            'b/cluster': {
              clusters: [
                { name: 'c', cluster: { server: judge.server.url, 'certificate-authority': 'ca.crt' } },
              ],
            },
            'b/ca.crt': judge.fleet.authority.ca,
            'c/user': { users: [{ name: 'u', user: { tokenFile: 'tok' } }] },
            'c/tok': `${judge.token}\n`,
          },
        }),
      ],
    ])('%s', (_name, one) => judge.worksWithBoth(one()));

    it('none of the files exists', () =>
      judge.failsWithBoth(
        { list: 'none:none2', files: {} },
        /none of the files that \$KUBECONFIG names exists: \S+none, \S+none2; name/,
      ));
    it('no file has a current context', () =>
      judge.failsWithBoth(
        { files: { config: only(judge.good(), 'clusters', 'users', 'contexts') } },
        /has no current context; choose one with `kubectl config use-context` \(there are: x\)/,
      ));
    it('the first file has a wrong token', () =>
      judge.failsWithBoth(
        { list: 'a:b', files: { a: judge.config({ token: 'wrong-SECRET' }), b: judge.good() } },
        /401 the API server doesn't know our credentials/,
      ));
  });

  describe('tokens, authorities and servers', () => {
    it.each<readonly [string, () => KubeconfigCase]>([
      ['token', () => ({ files: { config: judge.good() } })],
      [
        'tokenFile from the folder of the kubeconfig',
        () => ({ files: { config: judge.config({ tokenFile: 'tok' }), tok: judge.token } }),
      ],
      [
        'tokenFile with a newline',
        () => ({ files: { config: judge.config({ tokenFile: 'tok' }), tok: `${judge.token}\n` } }),
      ],
      [
        'tokenFile before token',
        () => ({ files: { config: judge.config({ tokenFile: 'tok', token: 'other' }), tok: judge.token } }),
      ],
      [
        'token if there is no tokenFile',
        () => ({ files: { config: judge.config({ tokenFile: 'none', token: judge.token }) } }),
      ],
      [
        'a CA as data',
        () => ({
          files: {
            config: judge.good({
              'certificate-authority': undefined,
              'certificate-authority-data': btoa(judge.fleet.authority.ca),
            }),
          },
        }),
      ],
      [
        'the certificate’s name in tls-server-name',
        () => ({ files: { config: judge.good({ 'tls-server-name': BRIDGE_ADDRESS }) } }),
      ],
      [
        'no verification',
        () => ({
          files: {
            config: judge.good({ 'certificate-authority': undefined, 'insecure-skip-tls-verify': true }),
          },
        }),
      ],
      [
        'a server with a slash at its end',
        () => ({ files: { config: judge.good({ server: `${judge.server.url}/` }) } }),
      ],
      [
        'as another user in a group',
        () => ({
          files: { config: judge.config({ token: judge.token, as: 'bob', 'as-groups': ['system:masters'] }) },
        }),
      ],
    ])('%s', (_name, one) => judge.worksWithBoth(one()));

    it.each<readonly [string, () => KubeconfigCase, RegExp]>([
      [
        'no tokenFile',
        () => ({ files: { config: judge.config({ tokenFile: 'none' }) } }),
        /can't read the token file \S+none of user "u" in the kubeconfig \S+: there is no such file/,
      ],
      [
        'an empty tokenFile',
        () => ({ files: { config: judge.config({ tokenFile: 'tok' }), tok: '\n' } }),
        /the token file \S+tok of user "u" .* is empty; put a token there/,
      ],
      [
        'as another user without rights',
        () => ({ files: { config: judge.config({ token: judge.token, as: 'bob' }) } }),
        /403 we may not list/,
      ],
    ])('%s', (_name, one, told) => judge.failsWithBoth(one(), told));
  });

  describe('credential plugins', () => {
    const needsInfo =
      '[ -n "$KUBERNETES_EXEC_INFO" ] || { echo "KUBERNETES_EXEC_INFO is unset" >&2; exit 1; }';
    it.each<readonly [string, () => KubeconfigCase]>([
      ['from the folder of the kubeconfig', () => ({ files: judge.exec(judge.credential()) })],
      [
        'in a folder below',
        () => ({
          files: {
            config: judge.config({
              exec: { apiVersion: EXEC_V1, command: 'bin/plugin', interactiveMode: 'Never' },
            }),
            'bin/plugin': `#!/bin/sh\n${judge.credential()}`,
          },
        }),
      ],
      ['with $KUBERNETES_EXEC_INFO', () => ({ files: judge.exec(`${needsInfo}\n${judge.credential()}`) })],
      [
        'with the cluster in $KUBERNETES_EXEC_INFO',
        () => ({
          files: judge.exec(
            `case $KUBERNETES_EXEC_INFO in *certificate-authority-data*) ;; *) exit 1;; esac\n${judge.credential()}`,
            { provideClusterInfo: true },
          ),
        }),
      ],
      [
        'without the cluster in $KUBERNETES_EXEC_INFO',
        () => ({
          files: judge.exec(
            `case $KUBERNETES_EXEC_INFO in *${BRIDGE_ADDRESS}*) exit 1;; esac\n${judge.credential()}`,
          ),
        }),
      ],
      [
        'with arguments and environment',
        () => ({
          files: judge.exec(
            `[ "$1$A$HOME" = "b c" ] && exit 1\n[ "$1$A" = "b c" ] || exit 1\n${judge.credential()}`,
            {
              args: ['b '],
              env: [{ name: 'A', value: 'c' }],
            },
          ),
        }),
      ],
      [
        'of the version v1beta1',
        () => ({
          files: judge.exec(judge.credential().replaceAll(EXEC_V1, `${EXEC_V1}beta1`), {
            apiVersion: `${EXEC_V1}beta1`,
          }),
        }),
      ],
      [
        'with the answer in YAML',
        () => ({
          files: judge.exec(
            `printf 'apiVersion: ${EXEC_V1}\\nkind: ExecCredential\\nstatus: {token: ${judge.token}}\\n'`,
          ),
        }),
      ],
    ])('%s', (_name, one) => judge.worksWithBoth(one()));

    it.each<readonly [string, () => KubeconfigCase, RegExp]>([
      [
        'that fails',
        () => ({ files: judge.exec('echo "please run: sso login" >&2; exit 2') }),
        /the credential plugin \S+\/plugin of user "u" failed with exit code 2; it wrote: please run: sso login; run it by hand/,
      ],
      [
        'that isn’t installed',
        () => ({
          files: judge.exec('', { command: 'no-such-plugin', installHint: 'Get it\nfrom example.com' }),
        }),
        /plugin no-such-plugin of user "u" can't be started: there is no such program; Get it from example.com$/m,
      ],
      [
        'that prints a token as it is',
        () => ({ files: judge.exec('echo eyJSECRET.SECRET.SECRET') }),
        /printed something else than an ExecCredential/,
      ],
      [
        'that answers in another version',
        () => ({ files: judge.exec(judge.credential().replaceAll(EXEC_V1, `${EXEC_V1}beta1`)) }),
        /answered with \S+v1beta1, but the kubeconfig says \S+v1; run it/,
      ],
      [
        'that gives nothing',
        () => ({ files: judge.exec(judge.credential({})) }),
        /gave neither a token nor a certificate/,
      ],
      [
        'that needs a terminal',
        () => ({ files: judge.exec(judge.credential(), { interactiveMode: 'Always' }) }),
        /needs a terminal \(interactiveMode: Always\)/,
      ],
      [
        'of the version v1alpha1',
        () => ({ files: judge.exec(judge.credential(), { apiVersion: `${EXEC_V1}alpha1` }) }),
        /has exec with the apiVersion \S+v1alpha1, which isn't .*; update the plugin/,
      ],
    ])('%s', (_name, one, told) => judge.failsWithBoth(one(), told));
  });
});

/** A part of a kubeconfig. */
function only(from: object, ...keys: readonly string[]): object {
  return Object.fromEntries(Object.entries(from).filter(([key]) => keys.includes(key)));
}
