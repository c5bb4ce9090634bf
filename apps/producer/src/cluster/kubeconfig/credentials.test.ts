import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { describeFailure, revealSecret } from '@kubefigurator/daemon';
import { createCapturedLog } from '../testing/captured-log.ts';
import { chooseAccess } from './choose-access.ts';
import { KubeConfig } from './client-node.ts';
import type { CredentialSource } from './credential.ts';
import { openCredentials } from './credentials.ts';
import type { PluginTiming } from './exec-plugin.ts';
import { parseKubeconfig } from './parse-kubeconfig.ts';

let folder: string;
const log = createCapturedLog();
let stop: AbortController;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubefigurator-credentials-'));
  log.lines.length = 0;
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  rmSync(folder, { recursive: true });
});

function sourceFor(user: object, timing?: PluginTiming, cluster: object = {}): CredentialSource {
  const text = JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://api:6443', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
  return openCredentials({
    access: chooseAccess(parseKubeconfig(text, join(folder, 'config'))),
    env: { PATH: '/usr/bin:/bin', INHERITED: 'yes' },
    log: log.log,
    signal: stop.signal,
    KubeConfig,
    ...(timing === undefined ? {} : { pluginTiming: timing }),
  });
}

async function tokenOf(source: CredentialSource): Promise<string> {
  const { token } = await source.current();
  return token === undefined ? '(none)' : revealSecret(token);
}

function failureOf(source: CredentialSource): Promise<string> {
  return source.current().then(
    () => 'nothing is wrong',
    (error: unknown) => describeFailure(error),
  );
}

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  chmodSync(join(folder, name), 0o755);
  return join(folder, name);
}

describe('tokenFile', () => {
  it('is read from the folder of the kubeconfig, without spaces around, and again when it changes', async () => {
    write('tok', ' first\n');
    const source = sourceFor({ tokenFile: 'tok' });
    expect(await tokenOf(source)).toBe('first');
    write('tok', 'second');
    expect(await tokenOf(source)).toBe('second');
  });

  it('wins over token, which is used until the file exists; if the file goes, its last token is used', async () => {
    const source = sourceFor({ tokenFile: 'tok', token: 'static' });
    expect(await tokenOf(source)).toBe('static');
    write('tok', 'first');
    expect(await tokenOf(source)).toBe('first');
    rmSync(join(folder, 'tok'));
    expect(await tokenOf(source)).toBe('first');
    write('tok', '');
    expect(await tokenOf(source)).toBe('first');
  });

  it.each([
    [
      'absent',
      undefined,
      /^can't read the token file .*tok of user "u" in .*: there is no such file or folder; put/,
    ],
    ['empty', '\n', /^the token file .* is empty; put a token there$/],
    ['two words', 'SECRET SECRET', /is not one word of ASCII characters; put nothing but the token there$/],
    ['binary', 'SECRET\u0000\u00ff', /is not one word of ASCII/],
  ])('says what is wrong: %s', async (_what, text, sentence) => {
    if (text !== undefined) write('tok', text);
    const told = await failureOf(sourceFor({ tokenFile: 'tok' }));
    expect(told).toMatch(sentence);
    expect(told).not.toContain('SECRET');
  });
});

const V1 = 'client.authentication.k8s.io/v1';
const answer = (status: object, apiVersion = V1): string =>
  JSON.stringify({ apiVersion, kind: 'ExecCredential', status });
const script = (...lines: readonly string[]): string => write('plugin', ['#!/bin/sh', ...lines].join('\n'));
const exec = (more: object = {}): object => ({ exec: { apiVersion: V1, command: './plugin', ...more } });

describe('a credential plugin', () => {
  it.each([
    ['without', { provideClusterInfo: false }, { interactive: false }],
    [
      'with',
      { provideClusterInfo: true },
      {
        interactive: false,
        cluster: {
          server: 'https://api:6443',
          'tls-server-name': 'name',
          'insecure-skip-tls-verify': true,
          'proxy-url': 'http://p:1',
          config: { audience: 'x' },
        },
      },
    ],
  ])('gets $KUBERNETES_EXEC_INFO %s provideClusterInfo, and the environment', async (_what, more, spec) => {
    script(
      `printf '%s' "$KUBERNETES_EXEC_INFO" > "${folder}/info"`,
      `echo '${answer({ token: 'T' })}' | sed "s/T/$INHERITED-$OWN-$1/"`,
    );
    const source = sourceFor(
      exec({ args: ['arg'], env: [{ name: 'OWN', value: 'own' }], ...more }),
      undefined,
      {
        'tls-server-name': 'name',
        'insecure-skip-tls-verify': true,
        'proxy-url': 'http://p:1',
        extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'x' } }],
      },
    );
    expect(await tokenOf(source)).toBe('yes-own-arg');
    expect(JSON.parse(readFileSync(join(folder, 'info'), 'utf8'))).toEqual({
      apiVersion: V1,
      kind: 'ExecCredential',
      spec,
    });
  });

  it('is run once for requests at the same time, and again when its credential has expired', async () => {
    const ended = new Date(Date.now() + 400).toISOString();
    script(
      `echo x >> "${folder}/runs"`,
      `echo '${answer({ token: 'N', expirationTimestamp: ended })}' | sed "s/N/$(wc -l < "${folder}/runs")/"`,
    );
    const source = sourceFor(exec());
    expect(await Promise.all([tokenOf(source), tokenOf(source), tokenOf(source)])).toEqual(['1', '1', '1']);
    expect(await tokenOf(source)).toBe('1');
    await vi.waitFor(async () => expect(await tokenOf(source)).toBe('2'));
  });

  it('may give a certificate, and may answer in YAML', async () => {
    const status = '{clientCertificateData: "-----BEGIN C", clientKeyData: "-----BEGIN K"}';
    script(`printf '%s\\n' 'apiVersion: ${V1}' 'kind: ExecCredential' 'status: ${status}'`);
    const { token, certificate, key } = await sourceFor(exec()).current();
    expect([token, certificate, key === undefined ? key : revealSecret(key)]).toEqual([
      ...[undefined, '-----BEGIN C', '-----BEGIN K'],
    ]);
  });

  it('isn’t run if the user has a token', async () => {
    script(`touch "${folder}/ran"`);
    expect(await tokenOf(sourceFor({ token: 'own', ...exec() }))).toBe('own');
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });

  const plugin = /^the credential plugin \S*plugin of user "u" /;
  it.each([
    [
      'fails',
      'echo "no SSO session" >&2; exit 3',
      /failed with exit code 3; it wrote: no SSO session; run it by hand/,
    ],
    ['fails in silence', 'exit 1', /failed with exit code 1; it wrote nothing to stderr; run/],
    ['kills itself', 'kill -9 $$', /was ended by SIGKILL; it wrote nothing/],
    ['prints nothing', 'exit 0', /printed nothing to stdout; run it by hand/],
    ['prints a token', 'echo eyJSECRET.SECRET.SECRET', /printed something else than an ExecCredential/],
    ['prints JSON that is cut', `echo '{"status":{"token":"SECRET'`, /printed something else/],
    ['prints another kind', `echo '{"kind":"SECRET"}'`, /printed something else/],
    [
      'answers in another version',
      `echo '${answer({ token: 'SECRET' }, `${V1}beta1`)}'`,
      /answered with client.*v1beta1, but/,
    ],
    ['gives no credential', `echo '${answer({})}'`, /gave neither a token nor a certificate; run/],
    [
      'gives no PEM',
      `echo '${answer({ clientCertificateData: 'SECRET', clientKeyData: 'SECRET' })}'`,
      /gave a certificate or a key that is not PEM/,
    ],
    [
      'gives a key without a certificate',
      `echo '${answer({ token: 'SECRET', clientKeyData: 'SECRET' })}'`,
      /gave only one of client/,
    ],
    [
      'writes its token to stderr',
      'echo "token=SECRET123 is old" >&2; exit 1',
      /it wrote: token=\[redacted\] is old; run/,
    ],
  ])('that %s is named in the error, which quotes no secret', async (_what, line, sentence) => {
    script(line);
    const told = await failureOf(sourceFor(exec({ args: ['--secret', 'SECRET'] })));
    expect(told).toMatch(plugin);
    expect(told).toMatch(sentence);
    expect(told).not.toContain('SECRET');
  });

  it.each([
    [
      'not installed',
      { command: 'no-such-plugin', installHint: 'Get it at\n  https://example.com\n' },
      /no-such-plugin of user "u" can't be started: there is no such program; Get it at https:\/\/example.com$/,
    ],
    [
      'not installed, no hint',
      { command: './none' },
      /can't be started: there is no such program; install it or/,
    ],
    [
      'not executable',
      { command: '/etc/passwd' },
      /passwd of user "u" can't be started: it may not be executed/,
    ],
    ['without a command', { command: '' }, /has exec without a command; name the plugin/],
    [
      'of an old API',
      { apiVersion: `${V1}alpha1` },
      /apiVersion client.*v1alpha1, which isn't .*; update the plugin/,
    ],
    ['without an API', { apiVersion: '' }, /apiVersion \(none\), which isn't/],
    ['for a terminal', { interactiveMode: 'Always' }, /needs a terminal \(interactiveMode: Always\), which/],
  ])('that can’t be run gives an error that says why and what to do: %s', async (_what, more, sentence) => {
    expect(await failureOf(sourceFor(exec(more)))).toMatch(sentence);
  });

  it('isn’t run again at once after a failure', async () => {
    script(`echo x >> "${folder}/runs"`, 'exit 1');
    const source = sourceFor(exec());
    expect(await failureOf(source)).toBe(await failureOf(source));
    expect(readFileSync(join(folder, 'runs'), 'utf8')).toBe('x\n');
  });

  /** Whether the plugin's own child runs; a zombie that nobody reaped doesn't. */
  const childRuns = (): boolean => {
    const stat = `/proc/${readFileSync(join(folder, 'pid'), 'utf8').trim()}/stat`;
    return existsSync(stat) && !readFileSync(stat, 'utf8').includes(') Z ');
  };
  const WAITS = [
    'echo "open https://sso.example.com/device and enter WDJB-MJHT" >&2',
    'sleep 60 & echo $! > pid; wait',
  ];
  const waiting = (): void => void script(`cd "${folder}"`, ...WAITS);

  it('that waits for a person is logged with what it wrote, and ended at its limit', async () => {
    waiting();
    const told = await failureOf(sourceFor(exec(), { tellMs: 300, limitMs: 1_000 }));
    expect(told).toMatch(
      /didn't end within 1 s; it wrote: open https:\/\/sso.example.com\/device and enter WDJB-MJHT; sign in/,
    );
    expect(log.lines).toMatchObject([
      {
        msg: 'credential-plugin.delayed',
        plugin: expect.stringContaining('/plugin of user "u"') as string,
        stderr: 'open https://sso.example.com/device and enter WDJB-MJHT',
        limitMs: 1_000,
      },
    ]);
    await vi.waitFor(() => expect(childRuns()).toBe(false));
  });

  it('that waits is ended with the program', async () => {
    waiting();
    const failure = failureOf(sourceFor(exec(), { tellMs: 50, limitMs: 60_000 }));
    await vi.waitFor(() => expect(log.lines).toHaveLength(1));
    stop.abort();
    expect(await failure).toMatch(/plugin of user "u" was stopped$/);
    await vi.waitFor(() => expect(childRuns()).toBe(false));
  });

  it('that is slow is logged, again each time it has written more, and once it is done', async () => {
    script(
      'sleep 0.2',
      'echo "waiting for token=SECRET123" >&2',
      'sleep 0.3',
      `echo '${answer({ token: 't' })}'`,
    );
    expect(await tokenOf(sourceFor(exec(), { tellMs: 80, limitMs: 60_000 }))).toBe('t');
    expect(log.lines.map(({ msg, stderr }) => [msg, stderr])).toEqual([
      ['credential-plugin.delayed', ''],
      ['credential-plugin.delayed', 'waiting for token=[redacted]'],
      ['credential-plugin.completed', undefined],
    ]);
  });
});
