import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { captureIo } from '@kubefigurator/daemon/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commands, runConsumer } from './program.ts';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubefigurator-consumer-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function consumer(
  args: readonly string[],
  env: Readonly<Record<string, string>> = { USER: 'alice' },
): Promise<Ran> {
  const { io, out, err } = captureIo(args, { KUBEFIGURATOR_STATE_DIRECTORY: folder, ...env });
  return { code: await runConsumer(io), out: out(), err: err() };
}

const LOGGING = ['log-format', 'log-level', 'verbosity'];

it.each([
  ['status', ['haproxy-config', 'haproxy-master-socket', 'haproxy-runtime-socket', 'output']],
  ['freeze', ['reason']],
  ['thaw', []],
])('%s takes the flags that it uses, and no other', (name, own) => {
  const table = commands.find((command) => command.name === name)?.table ?? {};
  const flags = Object.values(table).map(({ flag }) => flag);
  expect(flags.sort()).toEqual([...LOGGING, 'host-name', 'state-directory', ...own].sort());
});

it.each([
  ['--host-name', 'a/b'],
  ['--certificate-dir', 'ssl'],
  ['--file-dir', './maps'],
  ['--allow-section', 'Resolvers!'],
  ['--allow-section', 'golbal'],
  ['--allow-section', 'global'],
  ['--allow-section', 'program'],
  ['--exec', ' '],
  ['--etcd-host', '///x'],
])('%s %j is refused', async (flag, value) => {
  const { code, err } = await consumer(['watch', flag, value]);
  expect([code, err]).toEqual([2, expect.stringMatching(`^kubefigurator-consumer: ${flag}: `)]);
});

describe('freeze', () => {
  it('names who did it: the user behind sudo, else the user of the process', async () => {
    expect((await consumer(['freeze'], { USER: 'root', SUDO_USER: 'alice' })).out).toMatch(/ by alice;/);
    await consumer(['thaw']);
    expect((await consumer(['freeze'], { USER: '' })).out).toContain(` by ${userInfo().username};`);
  });

  it('takes another reason, and says which there was', async () => {
    await consumer(['freeze', '--reason', 'new disk']);
    const { out } = await consumer(['freeze', '--reason', 'two disks'], { USER: 'bob' });
    expect(out).toMatch(
      /^lb1: frozen since .* by bob: two disks; it was frozen since .* by alice: new disk; no agent runs with /m,
    );
    expect((await consumer(['freeze'])).out).toMatch(/two disks already; no agent runs with /m);
    expect(readFileSync(join(folder, 'frozen.json'), 'utf8')).toContain('two disks');
  });
});

describe('status', () => {
  it('says in words why nothing is known', async () => {
    const { code, out, err } = await consumer(['status']);
    expect([code, out, err]).toEqual([
      1,
      '',
      expect.stringMatching(/^lb1: the agent of this host has not written its status yet/),
    ]);
  });

  it.each([{}, { KUBEFIGURATOR_HAPROXY_CONFIG: '/proc' }])(
    'says with -o json in a document why nothing is known (%j)',
    async (env) => {
      const { code, out, err } = await consumer(['status', '-o', 'json'], env);
      expect([code, err]).toEqual([1, '']);
      expect(JSON.parse(out)).toEqual({
        inSync: false,
        troubles: [
          expect.stringMatching(
            /^(?:the agent of this host has not written|can't read \/proc: it is a folder)/,
          ),
        ],
        host: 'lb1',
      });
    },
  );
});
