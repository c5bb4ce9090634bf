import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Io } from '@kubefigurator/daemon';
import { captureIo } from '@kubefigurator/daemon/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { commands, runConsumer } from './program.ts';

/** Every secret that is planted holds this word, which nothing that comes out may hold. */
const WORD = 'pl4ntedS3cret';
const folder = mkdtempSync(join(tmpdir(), 'kubefigurator-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));
const state = join(folder, 'state');
const live = join(folder, 'dynamic.cfg');
writeFileSync(live, '');

let files = 0;
function file(text: string): string {
  const path = join(folder, `input-${(files += 1)}`);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

const PEM = `-----BEGIN PRIVATE KEY-----\n${WORD}\n-----END PRIVATE KEY-----\n`;
const CERTIFICATE = PEM.replaceAll('PRIVATE KEY', 'CERTIFICATE');
const HTTPS = ['--etcd-host', 'https://127.0.0.1:1'];

interface Planted {
  readonly args?: readonly string[];
  readonly env?: Io['env'];
}

const TABLE: Readonly<Record<string, Planted>> = {
  'etcd-host with userinfo': { args: ['--etcd-host', `http://u:${WORD}@127.0.0.1:1`] },
  'etcd-host with userinfo that is no URL': { args: ['--etcd-host', `http://u:${WORD}@127.0.0.1:x`] },
  'etcd-host with userinfo and no scheme': { args: ['--etcd-host', `u:${WORD}@127.0.0.1:1/x`] },
  'etcd-host in the environment': { env: { KUBEFIGURATOR_ETCD_HOST: `http://u:a/${WORD}@127.0.0.1:1` } },
  'etcd-proxy with userinfo': { args: ['--etcd-proxy', `http://u:${WORD}@127.0.0.1:1`] },
  'etcd-proxy of another scheme': { args: ['--etcd-proxy', `https://u:a/${WORD}@127.0.0.1:1`] },
  'HTTPS_PROXY with userinfo': { env: { HTTPS_PROXY: `http://u:${WORD}@127.0.0.1:1` } },
  'a password for no user': { args: ['--etcd-password-file', file(WORD)] },
  'a password for an etcd that is away': { args: ['--etcd-user', 'u', '--etcd-password-file', file(WORD)] },
  'a key that is no key': {
    args: [...HTTPS, '--etcd-client-cert-file', file(CERTIFICATE), '--etcd-client-key-file', file(PEM)],
  },
  'an authority that is a key': { args: [...HTTPS, '--etcd-ca-file', file(PEM)] },
  'a mistyped flag': { args: [`--etcd-hots=u:${WORD}@127.0.0.1:1`] },
  'a surplus argument': { args: [`http://u:${WORD}@127.0.0.1:1`, 'b', 'c'] },
  'the metrics address': { args: ['--metrics-address', `http://u:${WORD}@127.0.0.1:1`] },
  'a password in the apply command': {
    args: ['--apply-method', 'command', '--apply-command', `http://u:${WORD}@127.0.0.1:1`],
  },
};

/** What a command prints and logs; `watch` is stopped after a while. */
async function outputOf(args: readonly string[], env: Io['env'] = {}): Promise<string> {
  const { io, stop, out, err } = captureIo(args, {
    PATH: '/usr/bin:/bin',
    KUBEFIGURATOR_ETCD_HOST: '127.0.0.1:1',
    KUBEFIGURATOR_STATE_DIRECTORY: state,
    KUBEFIGURATOR_HAPROXY_CONFIG: live,
    KUBEFIGURATOR_HAPROXY_MASTER_SOCKET: join(folder, 'master.sock'),
    KUBEFIGURATOR_HAPROXY_RUNTIME_SOCKET: join(folder, 'admin.sock'),
    ...env,
  });
  const timer = setTimeout(() => stop.abort(), 600);
  await runConsumer(io);
  clearTimeout(timer);
  return out() + err();
}

function written(): string {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.startsWith('state/') && statSync(join(folder, name)).isFile())
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
}

describe.each(commands.map(({ name, table }) => ({ name, table })))('$name', ({ name, table }) => {
  const flags = new Set(Object.values(table).map(({ flag }) => `--${flag}`));
  const quiet = flags.has('--metrics-address') ? ['--metrics-address', 'off'] : [];

  it.each(Object.entries(TABLE))(
    'no output and no file has the secret in: %s',
    async (_what, { args = [], env }) => {
      const given = [name, ...quiet, '--log-level', 'trace', '--log-format', 'json', ...args];
      expect(await outputOf(given, env)).not.toContain(WORD);
      expect(await outputOf([...given, '--print-settings'], env)).not.toContain(WORD);
      expect(written()).not.toContain(WORD);
    },
  );
});
