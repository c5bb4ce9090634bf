import type { RequestListener } from 'node:http';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { KubeconfigJudge } from '../support/kube/kubeconfig-judge.ts';
import { startKubeconfigJudge } from '../support/kube/kubeconfig-judge.ts';
import type { KubeconfigCase } from '../support/kube/kubeconfig-case.ts';

/** The producer and kubectl get each case, and both must fail; the other files `kubeconfig*` have further cases. */
describe('what is no kubeconfig or no API server is explained in one sentence:', () => {
  let judge: KubeconfigJudge;

  beforeAll(async () => {
    judge = await startKubeconfigJudge();
  }, 120_000);
  afterAll(() => judge.close());

  describe('reason:', () => {
    it.each<readonly [string, () => KubeconfigCase, RegExp]>([
      ['empty', () => ({ files: { config: '' } }), /the kubeconfig \S+config is empty; write it again/],
      [
        'no YAML',
        () => ({ files: { config: 'users:\n- token: "SECRET\n x' } }),
        /the kubeconfig \S+config isn't YAML: .* \(line \d\); write it again/,
      ],
      [
        'a web page',
        () => ({ files: { config: '<html>SECRET</html>' } }),
        /the kubeconfig \S+config is a web page; it was saved/,
      ],
      [
        'another kind',
        () => ({ files: { config: { apiVersion: 'v1', kind: 'Service' } } }),
        /is no kubeconfig: its kind is Service; give manifests with --from/,
      ],
      [
        'a name twice',
        () => ({
          files: {
            config: {
              ...judge.good(),
              users: [
                { name: 'u', user: { token: judge.token } },
                { name: 'u', user: {} },
              ],
            },
          },
        }),
        /has the user "u" twice; rename or remove/,
      ],
      [
        'no such user',
        () => ({ files: { config: { ...judge.good(), users: [] } } }),
        /has no user "u", which its context "x" names; add it/,
      ],
      [
        'an auth-provider that is gone',
        () => ({ files: { config: judge.config({ 'auth-provider': { name: 'gcp' } }) } }),
        /"gcp", which kubectl doesn't know any more; use gke-gcloud-auth-plugin/,
      ],
      [
        'a key without its certificate',
        () => ({
          files: { config: judge.config({ 'client-key-data': btoa('-----BEGIN PRIVATE KEY-----') }) },
        }),
        /has a client-key but no client-certificate; add the client-certificate/,
      ],
      [
        'no such context',
        () => ({ files: { config: { ...judge.good(), 'current-context': 'y' } } }),
        /has no context "y", which is its current one; choose one/,
      ],
      [
        'no such cluster',
        () => ({ files: { config: { ...judge.good(), clusters: [] } } }),
        /has no cluster "c", which its context "x" names/,
      ],
      [
        'a CA that isn’t base64',
        () => ({
          files: {
            config: judge.good({ 'certificate-authority': undefined, 'certificate-authority-data': '***' }),
          },
        }),
        /certificate-authority-data of cluster "c" in the kubeconfig \S+ isn't base64; encode/,
      ],
      [
        'a CA that is no certificate',
        () => ({
          files: {
            config: judge.good({
              'certificate-authority': undefined,
              'certificate-authority-data': btoa('hello'),
            }),
          },
        }),
        /holds no certificate in PEM; give a file/,
      ],
      [
        'no CA file',
        () => ({ files: { config: judge.good({ 'certificate-authority': 'none' }) } }),
        /can't read \S+none, the certificate-authority of cluster "c" .*: there is no such file/,
      ],
      [
        'the CA of another authority',
        () => ({ files: { config: judge.good({ 'certificate-authority': undefined }) } }),
        /its certificate isn't from an authority that the kubeconfig names; correct certificate-authority/,
      ],
      [
        'another port',
        () => ({ files: { config: judge.good({ server: 'https://10.99.0.1:1' }) } }),
        /API server https:\/\/10.99.0.1:1: connection refused; check that it runs/,
      ],
      [
        'no scheme, which means http',
        () => ({ files: { config: judge.good({ server: judge.server.url.replace('https://', '') }) } }),
        /speaks only TLS: give https:\/\/ as `server` in the kubeconfig/,
      ],
      [
        'http for https',
        () => ({ files: { config: judge.good({ server: judge.server.url.replace('https', 'http') }) } }),
        /speaks only TLS: give https:\/\/ as `server` in the kubeconfig/,
      ],
    ])('%s', (_name, one, told) => judge.failsWithBoth(one(), told));

    it.each<readonly [string, RequestListener, RegExp]>([
      [
        'a web page (from a fake)',
        (_request, response) =>
          void response.setHeader('content-type', 'text/html').end('<html>sign in</html>'),
        /answers with a web page instead of JSON: another server, .* correct `server` in the kubeconfig/,
      ],
      [
        'a page of 404 (from a fake)',
        (_request, response) => void response.writeHead(404, { 'content-type': 'text/html' }).end('<html>'),
        /404 https:\S+ answers with a web page instead of JSON/,
      ],
      [
        'a redirect to a login (from a fake)',
        (_request, response) => void response.writeHead(302, { location: '/login?state=SECRET' }).end(),
        /302 https:\S+ answers with a redirect to https:\S+\/login, as an API server never does/,
      ],
      [
        'plain text (from a fake)',
        (_request, response) => void response.end('SECRET'),
        /answers \/api\/v1\/\w+ with something else than JSON: correct `server`/,
      ],
    ])('the server answers with %s', async (_name, listener, told) => {
      const url = await judge.startFake((request, response) =>
        request.url?.startsWith('/login') === true
          ? response.end('<html>login</html>')
          : listener(request, response),
      );
      await judge.failsWithBoth({ files: { config: judge.good({ server: url }) } }, told);
    });
  });
});
