import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeFailure, revealSecret } from '@kubefigurator/daemon';
import { createCapturedLog } from '../testing/captured-log.ts';
import { chooseAccess } from './choose-access.ts';
import { KubeConfig } from './client-node.ts';
import type { CredentialSource } from './credential.ts';
import { openCredentials } from './credentials.ts';
import { parseKubeconfig } from './parse-kubeconfig.ts';

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const idToken = (expiresInS: number, name = 'a'): string =>
  `${part({ alg: 'none' })}.${part({ exp: Math.floor(Date.now() / 1000) + expiresInS, name })}.SECRET`;

interface Reply {
  readonly status?: number;
  readonly body: unknown;
}

let issuer: Server;
let url: string;
let folder: string;
let asked: { readonly path: string; readonly authorization: string | undefined; readonly form: string }[];
let replies: Readonly<Record<string, (form: string) => Reply>>;
const log = createCapturedLog();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kubefigurator-oidc-'));
  log.lines.length = 0;
  asked = [];
  issuer = createServer((request, response) => {
    void textOf(request).then((form) => {
      const path = request.url ?? '';
      asked.push({ path, authorization: request.headers.authorization, form });
      const { status = 200, body } = replies[path]?.(form) ?? { status: 404, body: 'not here' };
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
  replies = {
    '/.well-known/openid-configuration': () => ({ body: { issuer: url, token_endpoint: `${url}/token` } }),
    '/token': () => ({
      body: { id_token: idToken(600, 'fresh'), refresh_token: 'refresh-2', expires_in: 600 },
    }),
  };
});
afterEach(() => {
  issuer.closeAllConnections();
  issuer.close();
  rmSync(folder, { recursive: true });
});

const config = (more: object = {}): object => ({
  ...{ 'idp-issuer-url': url, 'client-id': 'kubernetes', 'refresh-token': 'refresh-1' },
  ...{ 'id-token': idToken(-60) },
  ...more,
});

function sourceFor(provider: object, name = 'oidc'): CredentialSource {
  const file = join(folder, 'config');
  const text = `# kept\n${JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://api:6443' } }],
    users: [{ name: 'u', user: { 'auth-provider': { name, config: provider } } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  })}`;
  writeFileSync(file, text, { mode: 0o600 });
  const access = chooseAccess(parseKubeconfig(text, file));
  const { signal } = new AbortController();
  return openCredentials({ access, env: {}, log: log.log, signal, KubeConfig });
}

async function nameIn(source: CredentialSource): Promise<unknown> {
  const { token } = await source.current();
  const payload = token === undefined ? '' : (revealSecret(token).split('.')[1] ?? '');
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { name?: unknown }).name;
}

describe('an id-token', () => {
  it('that is valid is used as it is', async () => {
    expect(await nameIn(sourceFor(config({ 'id-token': idToken(600, 'mine') })))).toBe('mine');
    expect(asked).toEqual([]);
  });

  it('that has expired is refreshed once, and the kubeconfig gets the new tokens and keeps the rest', async () => {
    const source = sourceFor(config());
    expect(await Promise.all([nameIn(source), nameIn(source)])).toEqual(['fresh', 'fresh']);
    expect(await nameIn(source)).toBe('fresh');
    expect(asked.map(({ path }) => path)).toEqual(['/.well-known/openid-configuration', '/token']);
    expect(Object.fromEntries(new URLSearchParams(asked[1]?.form))).toEqual({
      ...{ grant_type: 'refresh_token', refresh_token: 'refresh-1', client_id: 'kubernetes' },
    });
    const text = readFileSync(join(folder, 'config'), 'utf8');
    expect(text).toMatch(/^# kept\n/);
    expect(text).toContain('"refresh-token":"refresh-2"');
    expect(log.lines).toMatchObject([{ msg: 'oidc-token.refreshed', level: 'info', user: 'u' }]);
    expect(JSON.stringify(log.lines)).not.toMatch(/SECRET|refresh-[12]/);
  });

  it('that isn’t there is fetched', async () => {
    expect(await nameIn(sourceFor(config({ 'id-token': '' })))).toBe('fresh');
  });

  it.each([
    ['with the new refresh-token', { refresh_token: 'refresh-2' }, 'refresh-2'],
    ['with the former refresh-token if there is no new one', {}, 'refresh-1'],
  ])('is refreshed again when the new one expires, %s', async (_how, more, expected) => {
    replies = { ...replies, '/token': () => ({ body: { id_token: idToken(-1, 'fresh'), ...more } }) };
    const source = sourceFor(config());
    await source.current();
    await source.current();
    const used = asked.filter(({ path }) => path === '/token').map(({ form }) => form);
    expect(used).toHaveLength(2);
    expect(used[1]).toContain(expected);
  });

  it('is refreshed with the client’s secret in the header, then in the form if the issuer refuses that', async () => {
    const fresh = replies['/token'];
    replies = {
      ...replies,
      '/token': (form) =>
        form.includes('client_secret=s') && fresh
          ? fresh(form)
          : { status: 401, body: { error: 'invalid_client' } },
    };
    expect(await nameIn(sourceFor(config({ 'client-secret': 's' })))).toBe('fresh');
    expect(asked.map(({ authorization }) => authorization)).toEqual([
      ...[undefined, `Basic ${Buffer.from('kubernetes:s').toString('base64')}`, undefined],
    ]);
  });

  it('that was refreshed is used even if it isn’t stored because the kubeconfig has other tokens by now', async () => {
    const source = sourceFor(config());
    writeFileSync(join(folder, 'config'), 'another');
    chmodSync(join(folder, 'config'), 0o600);
    expect(await nameIn(source)).toBe('fresh');
    expect(readFileSync(join(folder, 'config'), 'utf8')).toBe('another');
    expect(log.lines).toMatchObject(
      [{ msg: 'oidc-token.refreshed', level: 'warn', reason: /other tokens/ }].map((line) => ({
        ...line,
        reason: expect.stringMatching(line.reason) as string,
      })),
    );
  });
});

describe('an auth-provider that gives no id-token is explained', () => {
  const told = async (provider: object, name?: string): Promise<string> => {
    try {
      await sourceFor(provider, name).current();
      return 'nothing is wrong';
    } catch (error) {
      return describeFailure(error);
    }
  };
  const SIGN_IN = /no id-token that is still valid, and there is no new one from http:\S+: .*; sign in again/;

  it.each([
    ['no refresh-token', { 'refresh-token': '' }, {}, /there is no refresh-token; sign in again/],
    [
      'refused',
      {},
      { '/token': { status: 400, body: { error: 'invalid_grant', error_description: 'SECRET' } } },
      /its token endpoint answers 400 invalid_grant; sign in/,
    ],
    [
      'refused in HTML',
      {},
      { '/token': { status: 502, body: '<html>SECRET' } },
      /its token endpoint answers 502; sign/,
    ],
    [
      'no id_token',
      {},
      { '/token': { body: { access_token: 'SECRET' } } },
      /no id_token; the login needs the scope openid; sign/,
    ],
    [
      'no discovery',
      {},
      { '/.well-known/openid-configuration': { status: 404, body: 'x' } },
      /answers 404 without a token endpoint/,
    ],
    [
      'discovery is a page',
      {},
      { '/.well-known/openid-configuration': { body: '<html>' } },
      /answers 200 without a token/,
    ],
    [
      'no issuer there',
      { 'idp-issuer-url': 'http://127.0.0.1:1' },
      {},
      /: connect ECONNREFUSED 127.0.0.1:1; sign in/,
    ],
  ])('%s', async (_what, more, changed, sentence) => {
    const fixed = Object.entries(changed as Record<string, Reply>).map(([path, reply]) => [
      path,
      () => reply,
    ]);
    replies = { ...replies, ...(Object.fromEntries(fixed) as typeof replies) };
    const words = await told(config(more));
    expect(words).toMatch(SIGN_IN);
    expect(words).toMatch(sentence);
    expect(words).not.toMatch(/SECRET|refresh-1/);
  });

  it.each([
    ['gcp', {}, 'gcp', /"gcp", which kubectl doesn't know any more; use gke-gcloud-auth-plugin/],
    ['azure', {}, 'azure', /use kubelogin/],
    ['another', {}, 'own', /"own", which kubectl doesn't know any more; use a credential plugin/],
    ['incomplete', { 'idp-issuer-url': '' }, 'oidc', /the auth-provider oidc without idp-issuer-url; add/],
  ])('%s', async (_what, more, name, sentence) => {
    expect(await told(config(more), name)).toMatch(sentence);
  });
});
