import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectProxy } from '../support/sandbox/connect-proxy.ts';
import { startConnectProxy } from '../support/sandbox/connect-proxy.ts';
import type { KubeconfigJudge } from '../support/kube/kubeconfig-judge.ts';
import { startKubeconfigJudge } from '../support/kube/kubeconfig-judge.ts';
import type { Client, KubeconfigCase } from '../support/kube/kubeconfig-case.ts';
import { BRIDGE_ADDRESS } from '../support/sandbox/network.ts';

/** Each case is given to the producer and to kubectl, which must agree; the files `kubeconfig*` have further cases. */
describe('the API server and the issuer are reached as kubectl reaches them:', () => {
  let judge: KubeconfigJudge;
  let proxy: ConnectProxy;
  let strict: ConnectProxy;
  let refusing: ConnectProxy;

  beforeAll(async () => {
    judge = await startKubeconfigJudge();
    proxy = await startConnectProxy();
    strict = await startConnectProxy({ credentials: 'me:pass-SECRET' });
    refusing = await startConnectProxy({ refuse: 503 });
  }, 120_000);
  afterAll(async () => {
    for (const one of [proxy, strict, refusing]) await one.close();
    await judge.close();
  });

  describe('proxies', () => {
    /** What each client asked a proxy for. */
    const taken = async (
      from: ConnectProxy,
      env: Readonly<Record<string, string>>,
      more: object = {},
    ): Promise<Readonly<Partial<Record<Client, readonly string[]>>>> => {
      const targets: Partial<Record<Client, readonly string[]>> = {};
      await judge.worksWithBoth({
        files: { config: judge.good(more) },
        env,
        onEnd: (client) => (targets[client] = [...new Set(from.taken())]),
      });
      return targets;
    };
    const target = `${BRIDGE_ADDRESS}:6443`;
    const both = { producer: [target], kubectl: [target] };
    const none = { producer: [], kubectl: [] };

    it.each<readonly [string, (address: string) => Readonly<Record<string, string>>, boolean]>([
      ['HTTPS_PROXY', (at) => ({ HTTPS_PROXY: `http://${at}` }), true],
      ['https_proxy', (at) => ({ https_proxy: `http://${at}` }), true],
      ['HTTPS_PROXY without a scheme', (at) => ({ HTTPS_PROXY: at }), true],
      [
        'HTTPS_PROXY before https_proxy',
        (at) => ({ HTTPS_PROXY: `http://${at}`, https_proxy: 'http://10.99.0.1:1' }),
        true,
      ],
      [
        'NO_PROXY names another',
        (at) => ({ HTTPS_PROXY: `http://${at}`, NO_PROXY: 'example.com,10.98.0.0/16,10.99.0.1:1' }),
        true,
      ],
      [
        'NO_PROXY names the address',
        (at) => ({ HTTPS_PROXY: `http://${at}`, NO_PROXY: BRIDGE_ADDRESS }),
        false,
      ],
      [
        'no_proxy names the network',
        (at) => ({ https_proxy: `http://${at}`, no_proxy: 'x, 10.99.0.0/24' }),
        false,
      ],
      [
        'NO_PROXY names address and port',
        (at) => ({ HTTPS_PROXY: `http://${at}`, NO_PROXY: `${BRIDGE_ADDRESS}:6443` }),
        false,
      ],
      ['NO_PROXY is *', (at) => ({ HTTPS_PROXY: `http://${at}`, no_proxy: '*' }), false],
      [
        'HTTP_PROXY isn’t for https',
        (at) => ({ HTTP_PROXY: `http://${at}`, http_proxy: `http://${at}` }),
        false,
      ],
    ])('%s', async (_name, env, isUsed) => {
      expect(await taken(proxy, env(proxy.address))).toEqual(isUsed ? both : none);
    });

    it('proxy-url of the kubeconfig comes before the environment', async () => {
      const env = { HTTPS_PROXY: 'http://10.99.0.1:1', NO_PROXY: '*' };
      expect(await taken(proxy, env, { 'proxy-url': `http://${proxy.address}` })).toEqual(both);
    });

    it('a proxy with user and password', async () => {
      const env = { HTTPS_PROXY: `http://me:pass-SECRET@${strict.address}` };
      expect(await taken(strict, env)).toEqual(both);
    });

    it.each<readonly [string, () => string, RegExp]>([
      [
        'is dead',
        () => 'http://10.99.0.1:1',
        /the proxy http:\/\/10.99.0.1:1 \(\$HTTPS_PROXY\) on the way to https:\/\/10.99.0.1:6443 can't be reached: connection refused; correct \$HTTPS_PROXY, or name 10.99.0.1 in \$NO_PROXY$/m,
      ],
      [
        'has an unknown name',
        () => 'http://me:SECRET@no-such-proxy.invalid:3128',
        /the proxy http:\/\/no-such-proxy.invalid:3128 \(\$HTTPS_PROXY\) .* its host name is not known/,
      ],
      [
        'wants a password',
        () => `http://me:SECRET@${strict.address}`,
        /answers 407 to CONNECT: it wants a user and a password/,
      ],
      [
        'can’t reach the server',
        () => `http://${refusing.address}`,
        /answers 503 to CONNECT: it can't reach the server/,
      ],
      ['speaks no TLS', () => `https://${proxy.address}`, /the proxy https:\S+ \(\$HTTPS_PROXY\)/],
    ])('the error names a proxy that %s', (_name, url, told) =>
      judge.failsWithBoth({ files: { config: judge.good() }, env: { HTTPS_PROXY: url() } }, told),
    );
  });

  describe('OpenID Connect', () => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const expired = `${part({ alg: 'RS256' })}.${part({ exp: 1_700_000_000 })}.SECRET`;
    const issuer = (answer: () => object, refreshed: string[] = []): Promise<string> =>
      judge.startFake((request, response) => {
        const url = `https://${request.headers.host ?? ''}`;
        if (request.url === '/.well-known/openid-configuration')
          return response.end(JSON.stringify({ issuer: url, token_endpoint: `${url}/token` }));
        let form = '';
        request.on('data', (chunk: Buffer) => (form += chunk.toString()));
        request.on('end', () => {
          refreshed.push(new URLSearchParams(form).get('refresh_token') ?? '');
          response.setHeader('content-type', 'application/json').end(JSON.stringify(answer()));
        });
        return response;
      });
    const oidc = (url: string, more: object = {}): KubeconfigCase => ({
      files: {
        config: judge.config({
          'auth-provider': {
            name: 'oidc',
            config: {
              'idp-issuer-url': url,
              'idp-certificate-authority': judge.fleet.authority.caFile,
              'client-id': 'kubernetes',
              'id-token': expired,
              'refresh-token': 'refresh-1',
              ...more,
            },
          },
        }),
      },
    });

    it('an expired id-token is refreshed, and the kubeconfig gets the new tokens', async () => {
      const refreshed: string[] = [];
      const url = await issuer(
        () => ({
          ...{ id_token: judge.server.idToken, refresh_token: `refresh-${String(refreshed.length + 1)}` },
          ...{ access_token: 'a', token_type: 'Bearer' },
        }),
        refreshed,
      );
      const kept: string[] = [];
      await judge.worksWithBoth({
        ...oidc(url),
        onEnd: (_client, folder) => {
          const text = readFileSync(join(folder, 'config'), 'utf8');
          kept.push(/refresh-token"?: ?"?([\w-]+)/.exec(text)?.[1] ?? '');
          expect(text).toContain(judge.server.idToken);
        },
      });
      expect(refreshed).toEqual(['refresh-1', 'refresh-1']);
      expect(kept).toEqual(['refresh-2', 'refresh-3']);
    });

    it('an expired id-token without a refresh-token is an error', async () => {
      const url = await issuer(() => ({}));
      await judge.failsWithBoth(
        oidc(url, { 'refresh-token': undefined }),
        /the user "u" in the kubeconfig \S+ has no id-token that is still valid, .*: there is no refresh-token; sign in again/,
      );
    });

    it('an expired id-token whose issuer gives no new one is an error', async () => {
      const url = await issuer(() => ({ access_token: 'SECRET', token_type: 'Bearer' }));
      await judge.failsWithBoth(oidc(url), /no id_token; the login needs the scope openid; sign in again/);
    });

    it('an expired id-token whose issuer can’t be reached is an error', () =>
      judge.failsWithBoth(
        oidc('https://10.99.0.1:1'),
        /there is no new one from https:\/\/10.99.0.1:1: .*ECONNREFUSED.*; sign in again/,
      ));
  });
});
