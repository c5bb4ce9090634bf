import { describe, expect, it } from 'vitest';
import { defineCommand } from './command.ts';
import { metricsAddressSetting } from './common-settings.ts';
import { OperatorError, UsageError } from './errors.ts';
import { parsePort } from './parse.ts';
import { runProgram } from './program.ts';
import {
  booleanSetting,
  choiceSetting,
  durationSetting,
  fileSetting,
  listSetting,
  numberSetting,
  setting,
  textSetting,
} from './settings.ts';
import { captureIo } from './testing/captured-io.ts';

const table = {
  etcdHost: listSetting({
    flag: 'etcd-host',
    value: 'url',
    group: 'etcd',
    default: ['http://a'],
    help: 'where etcd is',
  }),
  applyCommand: listSetting({
    flag: 'apply-command',
    value: 'word',
    commas: false,
    default: [],
    help: 'a command',
  }),
  listenPort: setting({
    flag: 'listen-port',
    value: 'port',
    default: 80,
    parse: parsePort,
    help: 'the port',
  }),
  kubeconfig: textSetting({
    flag: 'kubeconfig',
    emptyIsValue: true,
    environment: ['KUBECONFIG'],
    help: 'empty: in-cluster',
  }),
  hostName: textSetting({
    flag: 'host-name',
    default: (io) => io.hostName,
    defaultText: "the machine's",
    help: 'a name',
  }),
  caFile: fileSetting({ flag: 'ca-file', help: 'PEM' }),
  retries: numberSetting({ flag: 'retries', min: 0, max: 9, default: 3, help: 'tries' }),
  quiet: durationSetting({ flag: 'quiet', defaultMs: 300, help: 'a pause' }),
  method: choiceSetting({
    flag: 'method',
    choices: ['reload', 'restart', 'command'],
    default: 'reload',
    help: 'how',
  }),
  once: booleanSetting({ flag: 'once', help: 'only once' }),
  check: booleanSetting({ flag: 'check', default: true, help: 'check first' }),
  metricsAddress: metricsAddressSetting('127.0.0.1:9641'),
};
type Seen = Readonly<Record<string, unknown>>;

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly seen: Seen | undefined;
}

async function call(
  args: readonly string[],
  env: Record<string, string> = {},
  fail?: unknown,
): Promise<Result> {
  const { io, out, err } = captureIo(args, env);
  let seen: Seen | undefined;
  const watch = defineCommand({
    name: 'watch',
    summary: 'the service',
    settings: table,
    run: ({ settings }) => {
      seen = settings;
      if (fail !== undefined) return Promise.reject(fail as Error);
      return Promise.resolve(settings.once ? 7 : 0);
    },
  });
  const diff = defineCommand({
    name: 'diff',
    summary: 'what would change',
    settings: {},
    failureExitCode: 2,
    run: () => Promise.reject(fail as Error),
  });
  const program = {
    name: 'kubefigurator-test',
    version: '1.2.3',
    summary: 'A test.',
    commands: [watch, diff],
  };
  const code = await runProgram(program, io);
  return { code, out: out(), err: err(), seen };
}

describe('settings', () => {
  it('have defaults', async () => {
    const { code, seen } = await call(['watch']);
    expect(code).toBe(0);
    expect(seen).toEqual({
      etcdHost: ['http://a'],
      applyCommand: [],
      listenPort: 80,
      kubeconfig: undefined,
      hostName: 'lb1',
      caFile: undefined,
      retries: 3,
      quiet: 300,
      method: 'reload',
      once: false,
      check: true,
      metricsAddress: '127.0.0.1:9641',
      verbosity: 0,
      logLevel: 'info',
      logFormat: 'auto',
    });
  });

  it('come from the flag, else the environment, else the default', async () => {
    const env = { KUBEFIGURATOR_LISTEN_PORT: '81', KUBEFIGURATOR_RETRIES: '5', KUBEFIGURATOR_METHOD: '' };
    const { seen } = await call(['watch', '--listen-port', '82'], env);
    expect(seen).toMatchObject({ listenPort: 82, retries: 5, method: 'reload' });
  });

  it('split lists at commas, unless values may contain commas', async () => {
    const flags = ['--etcd-host', 'a, b', '--etcd-host=c', '--apply-command', 'x,y', '--apply-command', '-z'];
    const { seen } = await call(['watch', ...flags]);
    expect(seen).toMatchObject({ etcdHost: ['a', 'b', 'c'], applyCommand: ['x,y', '-z'] });
    expect((await call(['watch'], { KUBEFIGURATOR_ETCD_HOST: 'd,e' })).seen).toMatchObject({
      etcdHost: ['d', 'e'],
    });
  });

  it('count, switch on and switch off', async () => {
    expect((await call(['watch', '-vv', '-v', '--no-check', '--quiet', '2s'])).seen).toMatchObject({
      verbosity: 3,
      check: false,
      quiet: 2000,
    });
    const env = { KUBEFIGURATOR_ONCE: 'yes', KUBEFIGURATOR_VERBOSITY: '4', KUBEFIGURATOR_CHECK: '0' };
    expect((await call(['watch'], env)).seen).toMatchObject({ once: true, verbosity: 4, check: false });
    expect((await call(['watch', '--no-once'], env)).seen).toMatchObject({ once: false });
  });

  it('accept an empty value if the setting allows it', async () => {
    expect((await call(['watch', '--kubeconfig', ''], { KUBECONFIG: '/k' })).seen).toMatchObject({
      kubeconfig: '',
    });
    expect((await call(['watch'], { KUBEFIGURATOR_KUBECONFIG: '', KUBECONFIG: '/k' })).seen).toMatchObject({
      kubeconfig: '',
    });
    expect((await call(['watch'], { KUBECONFIG: '/k' })).seen).toMatchObject({ kubeconfig: '/k' });
  });
});

describe('a wrong command line', () => {
  it.each([
    [['watch', '--listen-port', 'abc'], '--listen-port: "abc" is not a port; give a number from 1 to 65535'],
    [['watch', '--retries', '10'], '--retries: "10" is not a number from 0 to 9'],
    [['watch', '--method', 'relaod'], '--method: "relaod" is not known; give reload, restart or command'],
    [
      ['watch', '--quiet', '3'],
      '--quiet: "3" is not a duration; give a number with ms, s, m or h, such as 10s',
    ],
    [['watch', '--ca-file', ''], '--ca-file: is empty'],
    [['watch', '--etcd-host', ','], '--etcd-host: is empty'],
    [
      ['watch', '--metrics-address', 'x'],
      '--metrics-address: "x" is not an address; give host:port such as 127.0.0.1:9641, or off',
    ],
    [['watch', '--ca-file', '--once'], '--ca-file: needs a value, but is followed by --once'],
    [['watch', 'now'], 'unexpected argument "now"; watch takes flags only'],
  ])('%j', async (args, message) => {
    const { code, out, err, seen } = await call(args);
    expect({ code, out, err, seen }).toEqual({
      code: 2,
      out: '',
      err: `kubefigurator-test: ${message}\n`,
      seen: undefined,
    });
  });

  it('names the variable if its value is wrong', async () => {
    const { code, err } = await call(['watch'], { KUBEFIGURATOR_ONCE: 'maybe' });
    expect([code, err]).toEqual([
      2,
      'kubefigurator-test: KUBEFIGURATOR_ONCE: "maybe" is neither true nor false\n',
    ]);
  });

  it('prints the help if no command is given', async () => {
    const { code, out, err } = await call([]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/watch +the service/);
  });
});

describe('output about the program', () => {
  it('--print-settings prints each setting, its value and where the value came from', async () => {
    const { code, out, seen } = await call(['watch', '--print-settings', '--etcd-host', 'x,y'], {
      KUBECONFIG: '/k',
    });
    expect([code, seen]).toEqual([0, undefined]);
    const rows = out.split('\n').map((row) => row.split(/ {2,}/));
    expect(rows).toContainEqual(['--etcd-host', 'x,y', 'flag']);
    expect(rows).toContainEqual(['--kubeconfig', '/k', 'environment KUBECONFIG']);
    expect(rows).toContainEqual(['--ca-file', '(none)', 'default']);
    expect(
      new Set(
        out
          .trimEnd()
          .split('\n')
          .map((row) => row.search(/ (FROM|flag|environment|default)/)),
      ).size,
    ).toBe(1);
  });

  it('--help has every flag with group, placeholder, default and variable', async () => {
    const { code, out } = await call(['watch', '--help']);
    const text = out.replace(/\s+/g, ' ');
    expect(code).toBe(0);
    expect(text).toContain(
      'etcd: --etcd-host <url> where etcd is; repeatable (default http://a, $KUBEFIGURATOR_ETCD_HOST)',
    );
    expect(text).toContain("--host-name <text> a name (default the machine's, $KUBEFIGURATOR_HOST_NAME)");
    expect(text).toContain('--[no-]check check first (default true, $KUBEFIGURATOR_CHECK)');
    for (const { flag, form } of Object.values(table))
      expect(text).toContain(form === 'switch' ? `--[no-]${flag}` : `--${flag}`);
    expect(text).toContain('--print-settings');
  });

  it('prints version and help', async () => {
    expect(await call(['--version'])).toMatchObject({ code: 0, out: '1.2.3\n' });
    expect((await call(['help', 'watch'])).code).toBe(0);
    expect((await call(['--help'])).code).toBe(0);
  });
});

describe('runProgram', () => {
  it("returns the command's exit code", async () => {
    expect((await call(['watch', '--once'])).code).toBe(7);
  });

  it('prints an expected failure in one line with its hint', async () => {
    const failure = new OperatorError('etcd is away', { hint: 'start it' });
    expect(await call(['watch'], {}, failure)).toMatchObject({
      code: 1,
      err: 'kubefigurator-test: etcd is away; start it\n',
    });
    expect((await call(['diff'], {}, failure)).code).toBe(2);
    expect((await call(['watch'], {}, new UsageError('--x: needs --y'))).code).toBe(2);
  });

  it('prints an unexpected failure in one line, and its stack with -v', async () => {
    const bug = new TypeError('x is\nundefined');
    expect(await call(['watch'], {}, bug)).toMatchObject({
      code: 1,
      err: 'kubefigurator-test: unexpected failure: x is undefined\n',
    });
    const { err } = await call(['watch', '-v'], {}, bug);
    expect(err).toMatch(/program.failed/);
    expect(err).toContain('program.test.ts');
  });
});
