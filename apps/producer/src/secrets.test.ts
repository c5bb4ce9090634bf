import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Io } from '@kubefigurator/daemon';
import { captureIo } from '@kubefigurator/daemon/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { producer, runProducer } from './program.ts';

/** Every planted secret holds this word, which no output may hold. */
const WORD = 'pl4ntedS3cret';
const folder = mkdtempSync(join(tmpdir(), 'kubefigurator-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(text: string, mode = 0o600): string {
  const path = join(folder, `input-${(files += 1)}`);
  writeFileSync(path, text, { mode });
  chmodSync(path, mode);
  return path;
}

/** A kubeconfig in YAML with these lines of its cluster and its user. */
function kubeconfig(cluster: string, user: string): Planted {
  const text = `apiVersion: v1
kind: Config
current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters:
- name: c
  cluster:
${indented(cluster)}
users:
- name: u
  user:
${indented(user)}
`;
  return { args: ['--kubeconfig', file(text)] };
}

const indented = (lines: string): string => lines.replace(/^/gm, '    ');
const SERVER = 'server: https://127.0.0.1:1';
const PEM = `-----BEGIN PRIVATE KEY-----\n${WORD}\n-----END PRIVATE KEY-----\n`;
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const exec = (script: string): string => `exec:
  apiVersion: client.authentication.k8s.io/v1
  command: sh
  args: [-c, ${JSON.stringify(script)}, "--token=${WORD}"]
  env: [{name: CLOUD, value: "${WORD} two"}]`;

interface Planted {
  readonly args?: readonly string[];
  readonly env?: Io['env'];
}

const KUBECONFIGS: Readonly<Record<string, Planted>> = {
  'a token on the line of a mistake': kubeconfig(SERVER, `token: ${WORD}: x`),
  'a password above a mistake': kubeconfig(SERVER, `password: ${WORD}\nusername: [`),
  'a password that YAML takes for an alias': kubeconfig(SERVER, `username: u\npassword: *${WORD}`),
  'a token that YAML takes for a tag': kubeconfig(SERVER, `token: !${WORD}`),
  'a token that YAML takes for a tag with a handle': kubeconfig(SERVER, `token: !${WORD}!x y`),
  'a token that YAML takes for a directive': {
    args: ['--kubeconfig', file(`%TAG ${WORD} ${WORD}\n--- a\n`)],
  },
  'a token that is a key twice': kubeconfig(SERVER, `${WORD}: 1\n${WORD}: 2`),
  'a token as the kind': { args: ['--kubeconfig', file(`kind: ${WORD}\n`)] },
  'a token of a wrong type': kubeconfig(SERVER, `token: [${WORD}]`),
  'a token of two words': kubeconfig(SERVER, `token: ${WORD} ${WORD}`),
  'a token that is refused': kubeconfig(SERVER, `token: ${WORD}`),
  'a token file that holds no token': kubeconfig(SERVER, `tokenFile: ${file(`${WORD} ${WORD}`)}`),
  'a token and a password': kubeconfig(SERVER, `token: ${WORD}\nusername: u\npassword: ${WORD}`),
  'client-key-data that is no base64': kubeconfig(
    SERVER,
    `client-key-data: "-${WORD}"\nclient-certificate-data: x`,
  ),
  'client-key-data that is no key': kubeconfig(
    SERVER,
    `client-key-data: ${base64(WORD)}\nclient-certificate-data: ${base64(PEM)}`,
  ),
  'client-key-data that OpenSSL refuses': kubeconfig(
    SERVER,
    `client-key-data: ${base64(PEM)}\nclient-certificate-data: ${base64(PEM.replaceAll('PRIVATE KEY', 'CERTIFICATE'))}`,
  ),
  'a key file that OpenSSL refuses': kubeconfig(
    SERVER,
    `client-key: ${file(PEM)}\nclient-certificate: ${file(PEM.replaceAll('PRIVATE KEY', 'CERTIFICATE'))}`,
  ),
  'a plugin that prints its environment': kubeconfig(SERVER, exec('echo "bad $CLOUD" >&2; exit 3')),
  'a plugin that prints its arguments': kubeconfig(SERVER, exec('echo "bad $0" >&2; exit 3')),
  'a plugin that prints its token and fails': kubeconfig(SERVER, exec(`echo "token=${WORD}" >&2; exit 3`)),
  'a plugin that prints something else': kubeconfig(SERVER, exec(`echo '{"kind":"${WORD}"}'`)),
  'a plugin that is missing': kubeconfig(
    SERVER,
    `exec: {apiVersion: client.authentication.k8s.io/v1, command: /nowhere/plugin, args: [${WORD}], env: [{name: A, value: ${WORD}}]}`,
  ),
  'a plugin of another version': kubeconfig(
    SERVER,
    `exec: {apiVersion: v0, command: /bin/true, args: [${WORD}], env: [{name: A, value: ${WORD}}]}`,
  ),
  'an auth-provider': kubeconfig(
    SERVER,
    `auth-provider: {name: oidc, config: {client-secret: ${WORD}, refresh-token: ${WORD}, id-token: ${WORD}, client-id: a, idp-issuer-url: "https://u:${WORD}@127.0.0.1:1"}}`,
  ),
  'a server with userinfo': kubeconfig(`server: https://u:${WORD}@127.0.0.1:1`, 'token: x'),
  'a server with userinfo that is no URL': kubeconfig(`server: https://u:${WORD}/x@127.0.0.1:y`, 'token: x'),
  'a server with userinfo and no scheme': kubeconfig(`server: u:${WORD}@127.0.0.1:1`, 'token: x'),
  'a proxy with userinfo': kubeconfig(`${SERVER}\nproxy-url: http://u:${WORD}@127.0.0.1:1`, 'token: x'),
  'a proxy with a slash in its password': kubeconfig(
    `${SERVER}\nproxy-url: http://u:a/${WORD}@127.0.0.1:1`,
    'token: x',
  ),
  'a proxy with a @ in its password': kubeconfig(
    `${SERVER}\nproxy-url: http://u:a@${WORD}@127.0.0.1:1`,
    'token: x',
  ),
  'a proxy of another scheme': kubeconfig(`${SERVER}\nproxy-url: ftp://u:${WORD}@127.0.0.1:1`, 'token: x'),
};

const GOOD = kubeconfig(SERVER, 'token: x').args ?? [];
const PROXIES: Readonly<Record<string, Planted>> = {
  'HTTPS_PROXY with userinfo': { args: GOOD, env: { HTTPS_PROXY: `http://u:${WORD}@192.0.2.1:x` } },
  'https_proxy without a scheme': { args: GOOD, env: { https_proxy: `u:${WORD}@127.0.0.2:1` } },
};

const EMPTY = file('apiVersion: v1\nkind: List\nitems: []\n');
const FROM = ['--from', EMPTY];
const ETCD: Readonly<Record<string, Planted>> = {
  'etcd-host with userinfo': { args: ['--etcd-host', `http://u:${WORD}@127.0.0.1:1`] },
  'etcd-host with userinfo that is no URL': { args: ['--etcd-host', `http://u:${WORD}@127.0.0.1:x`] },
  'etcd-host with userinfo and no scheme': { args: ['--etcd-host', `u:${WORD}@127.0.0.1:1/x`] },
  'etcd-host with one slash': { args: ['--etcd-host', `http:/u:${WORD}@127.0.0.1:1/x`] },
  'etcd-host with a comma in the password': { args: ['--etcd-host', `http://u:a,${WORD}@127.0.0.1:1`] },
  'etcd-host with a slash in the password': { args: ['--etcd-host', `http://u:a/${WORD}@127.0.0.1:1`] },
  'etcd-host in the environment': { env: { KUBEFIGURATOR_ETCD_HOST: `http://u:${WORD}@127.0.0.1:1/x` } },
  'a mistyped flag': { args: [`--etcd-hots=http://u:${WORD}@127.0.0.1:1`] },
  'a flag of another command': { args: [`--haproxy-binary=http://u:${WORD}@127.0.0.1:1`] },
  'a switch with a value': { args: [`--no-events=http://u:${WORD}@x`] },
  'a surplus argument': { args: ['--', `http://u:${WORD}@127.0.0.1:1`, 'b', 'c'] },
  'etcd-proxy with userinfo': { args: ['--etcd-proxy', `http://u:${WORD}@127.0.0.1:1`] },
  'etcd-proxy of another scheme': { args: ['--etcd-proxy', `https://u:a/${WORD}@127.0.0.1:1`] },
  'etcd-proxy with a wrong code': { args: ['--etcd-proxy', `http://u:%${WORD}@127.0.0.1:1`] },
  'etcd-proxy with a @ in its password': { args: ['--etcd-proxy', `ftp://u:a@${WORD}@127.0.0.1:1`] },
  'the metrics address': { args: ['--metrics-address', `http://u:${WORD}@127.0.0.1:1`] },
  'a password file for no user': { args: ['--etcd-password-file', file(WORD)] },
  'a password for an etcd that is away': { args: ['--etcd-user', 'u', '--etcd-password-file', file(WORD)] },
  'a key file that is no key': {
    args: [
      ...['--etcd-host', 'https://127.0.0.1:1', '--etcd-client-cert-file', file(PEM)],
      ...['--etcd-client-key-file', file(PEM)],
    ],
  },
  'an authority that is a key': { args: ['--etcd-host', 'https://127.0.0.1:1', '--etcd-ca-file', file(PEM)] },
};

const secretObject = (line: string): string =>
  `apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  password: ${line}\n`;
const MANIFESTS: Readonly<Record<string, Planted>> = {
  'a Secret with a mistake': { args: ['--from', file(secretObject(`${WORD}: x`))] },
  'a Secret that YAML takes for an alias': { args: ['--from', file(secretObject(`*${WORD}`))] },
  'a Secret that YAML takes for a tag': { args: ['--from', file(secretObject(`!${WORD} x`))] },
  'a Secret in JSON with a mistake': {
    args: ['--from', file(`{"kind":"Secret","stringData":{"password":"${WORD}" "a"}}`)],
  },
  'a key instead of manifests': { args: ['--from', file(PEM)] },
};

/** What a command prints and logs; it is stopped after 600 ms. */
async function outputOf(args: readonly string[], env: Io['env'] = {}): Promise<string> {
  const { io, stop, out, err } = captureIo(args, {
    PATH: '/usr/bin:/bin',
    KUBEFIGURATOR_ETCD_HOST: '127.0.0.1:1',
    ...env,
  });
  const timer = setTimeout(() => stop.abort(), 600);
  await runProducer(io);
  clearTimeout(timer);
  return out() + err();
}

const TABLE = Object.entries({ ...KUBECONFIGS, ...PROXIES, ...MANIFESTS }).concat(
  Object.entries(ETCD).map(([name, { args = [], env }]) => [
    name,
    { args: [...FROM, ...args], ...(env && { env }) },
  ]),
);

const COMMANDS = producer.commands.map(({ name, table }) => ({ name, table }));

describe.each(COMMANDS)('$name prints and logs no secret of', ({ name, table }) => {
  const flags = new Set(Object.values(table).map(({ flag }) => `--${flag}`));
  /** Without `--from`, `--kubeconfig` and their values if the command has no such flag. */
  const own = (args: readonly string[]): string[] =>
    args.filter((arg, index) => {
      const flag = arg.startsWith('--') ? arg : (args[index - 1] ?? '');
      return flags.has(flag) || !['--from', '--kubeconfig'].includes(flag);
    });
  const quiet = flags.has('--metrics-address') ? ['--metrics-address', 'off'] : [];

  it.each(TABLE)('%s', async (_what, { args = [], env }) => {
    const given = [name, ...quiet, '--log-level', 'trace', '--log-format', 'json', ...own(args)];
    expect(await outputOf(given, env)).not.toContain(WORD);
    expect(await outputOf([...given, '--print-settings'], env)).not.toContain(WORD);
  });
});
