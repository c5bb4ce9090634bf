import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyWorkspace, ROOT } from './workspace-copy.ts';

const BOUNDARIES = '@nx/enforce-module-boundaries';
const IMPORTS = 'no-restricted-imports';
const ROOMS = 'rooms/downwards-only';
/** Violations of the borders in docs/architecture.md: what is wrong, folder, line, the rule that has to refuse it. */
const planted = [
  [
    'a pure lib imports an I/O lib',
    'libs/rollout/src',
    "import { VERSION } from '@kubefigurator/daemon';",
    BOUNDARIES,
  ],
  [
    'a lib imports an app',
    'libs/daemon/src',
    "import { run } from '../../../apps/producer/src/program.ts';",
    BOUNDARIES,
  ],
  [
    'the consumer imports the translator',
    'apps/consumer/src',
    "import { render } from '@kubefigurator/translator';",
    BOUNDARIES,
  ],
  [
    'the producer imports rollout',
    'apps/producer/src',
    "import type { Trigger } from '@kubefigurator/rollout';",
    BOUNDARIES,
  ],
  [
    'an app imports the other app',
    'apps/consumer/src',
    "import { run } from '../../producer/src/program.ts';",
    BOUNDARIES,
  ],
  [
    'an app imports the harness',
    'apps/producer/src',
    "import { startFleet } from '../../../test/support/fleet/fleet.ts';",
    BOUNDARIES,
  ],
  [
    'an app imports what runs at build time',
    'apps/consumer/src',
    "import { consumerManPage } from '../../../tools/reference/consumer-man-page.ts';",
    BOUNDARIES,
  ],
  [
    'an I/O lib imports what runs at build time',
    'libs/daemon/src',
    "import { table } from '@kubefigurator/tools/reference/markdown.ts';",
    BOUNDARIES,
  ],
  [
    'a room imports one above it',
    'libs/haproxy-config/src/parse',
    "import { createGate } from '../gate/gate.ts';",
    ROOMS,
  ],
  [
    'a room imports a file above the rooms',
    'libs/haproxy-config/src/gate',
    "export { parseConfigText } from '../index.ts';",
    ROOMS,
  ],
  [
    'a room has no place in the order',
    'libs/haproxy-config/src/attic',
    "import type { ConfigText } from '../parse/config-text.ts';",
    ROOMS,
  ],
  [
    'the product imports what only tests use',
    'apps/producer/src/cluster',
    "import { captureIo } from '../../../../libs/daemon/src/testing/captured-io.ts';",
    ROOMS,
  ],
  ['the consumer imports ejs', 'apps/consumer/src', "import ejs from 'ejs';", BOUNDARIES],
  [
    'the consumer imports client-node',
    'apps/consumer/src',
    "import { KubeConfig } from '@kubernetes/client-node';",
    BOUNDARIES,
  ],
  ['the consumer reaches ejs through a lib', 'libs/daemon/src', "import ejs from 'ejs';", BOUNDARIES],
  ['rollout imports from npm', 'libs/rollout/src', "import ipaddr from 'ipaddr.js';", BOUNDARIES],
  [
    'haproxy-config imports from npm',
    'libs/haproxy-config/src',
    "import ipaddr from 'ipaddr.js';",
    BOUNDARIES,
  ],
  ['config-model imports more than ipaddr.js', 'libs/config-model/src', "import ejs from 'ejs';", BOUNDARIES],
  [
    'the translator imports more than ejs and ipaddr.js',
    'libs/translator/src',
    "import { parse } from 'yaml';",
    BOUNDARIES,
  ],
  [
    'a pure lib reads the clock',
    'libs/translator/src',
    'export const planted = Date.now();',
    'no-restricted-properties',
  ],
  [
    'a pure lib makes a date of now',
    'libs/config-model/src',
    'export const planted = new Date();',
    'no-restricted-syntax',
  ],
  [
    'a pure lib makes a random number',
    'libs/rollout/src',
    'export const planted = Math.random();',
    'no-restricted-properties',
  ],
  [
    'a pure lib sorts by locale',
    'libs/translator/src',
    "export const planted = 'a'.localeCompare('b');",
    'no-restricted-syntax',
  ],
  [
    'a pure lib formats by locale',
    'libs/translator/src',
    'export const planted = new Intl.Collator();',
    'no-restricted-syntax',
  ],
  ['etcd3 outside of etcd-store', 'apps/consumer/src', "import { Etcd3 } from 'etcd3';", IMPORTS],
  ['pino outside of daemon', 'apps/consumer/src', "import { pino } from 'pino';", IMPORTS],
  ['prom-client outside of daemon', 'apps/producer/src', "import { Registry } from 'prom-client';", IMPORTS],
  [
    'client-node outside of cluster',
    'apps/producer/src/commands',
    "import { KubeConfig } from '@kubernetes/client-node';",
    IMPORTS,
  ],
  [
    'process outside of main.ts',
    'apps/consumer/src',
    'export const planted = process.pid;',
    'no-restricted-globals',
  ],
  [
    'the process module outside of main.ts',
    'libs/daemon/src',
    "import { env } from 'node:process';",
    IMPORTS,
  ],
  [
    'child_process outside of exec.ts',
    'apps/consumer/src/host',
    "import { spawn } from 'node:child_process';",
    IMPORTS,
  ],
] as const;
/** What the compiler refuses in a pure lib: `types: []` and `lib: ["es2023"]` leave no Node and no browser. */
const uncompilable = [
  'process.pid',
  "Buffer.from('')",
  'setTimeout(() => undefined, 1)',
  "new URL('http://x')",
  "fetch('http://x')",
];

interface LintFile {
  readonly filePath: string;
  readonly messages: readonly { readonly ruleId: string | null; readonly message: string }[];
}

let copy: string;
const nameOf = (index: number): string => `planted-${index}.ts`;
const reports = new Map<string, LintFile['messages']>();
/** The reports of a run in the folder of the project, as nx lints it. */
const inProject = new Map<string, LintFile['messages']>();
const PROJECT = 'libs/haproxy-config';

function run(
  program: string,
  args: readonly string[],
  cwd = copy,
): ReturnType<typeof spawnSync> & { readonly stdout: string } {
  const env = { ...process.env, NX_DAEMON: 'false', NX_WORKSPACE_ROOT_PATH: copy, FORCE_COLOR: '0' };
  const done = spawnSync(join(copy, 'node_modules', '.bin', program), args, {
    cwd,
    encoding: 'utf8',
    env,
    maxBuffer: 1 << 26,
  });
  return done as typeof done & { stdout: string };
}

beforeAll(() => {
  copy = copyWorkspace();
  planted.forEach(([, folder, line], index) => {
    mkdirSync(join(copy, folder), { recursive: true });
    writeFileSync(join(copy, folder, nameOf(index)), `${line}\n`);
  });
  // The rule about projects reads the cached project graph, which any nx command makes.
  run('nx', ['show', 'projects']);
  const files = planted.map(([, folder], index) => join(folder, nameOf(index)));
  const { stdout } = run('eslint', [
    '--format',
    'json',
    ...files,
    'apps/consumer/src/program.ts',
    'libs/haproxy-config/src/gate/gate.ts',
  ]);
  for (const file of JSON.parse(stdout) as LintFile[]) reports.set(file.filePath, file.messages);
  const own = planted.flatMap(([, folder, , rule], index) =>
    rule === ROOMS && folder.startsWith(PROJECT) ? [join(copy, folder, nameOf(index))] : [],
  );
  const again = run('eslint', ['--format', 'json', ...own], join(copy, PROJECT));
  for (const file of JSON.parse(again.stdout) as LintFile[]) inProject.set(file.filePath, file.messages);
}, 120_000);

afterAll(() => {
  if (copy !== undefined) rmSync(copy, { recursive: true, force: true });
});

describe('a planted violation is refused', () => {
  it.each(planted.map((row, index) => [row[0], index] as const))('%s', (_title, index) => {
    const [, folder, , rule] = planted[index] ?? [];
    const messages = reports.get(join(copy, folder ?? '', nameOf(index))) ?? [];
    expect(messages.map((message) => message.ruleId)).toContain(rule);
  });

  it('also if the check runs in the folder of a project, as nx runs it', () => {
    expect(inProject.size).toBe(3);
    for (const messages of inProject.values())
      expect(messages.map((message) => message.ruleId)).toContain(ROOMS);
  });

  it('while a file without a violation passes in the same run', () => {
    expect(reports.get(join(copy, 'libs/haproxy-config/src/gate/gate.ts'))).toEqual([]);
  });

  it('by the compiler, if a pure lib uses a global of Node or of the browser', () => {
    // A planted import of another lib would bring Node's types along, and the globals would compile.
    planted.forEach(([, folder], index) => rmSync(join(copy, folder, nameOf(index))));
    for (const lib of ['config-model', 'haproxy-config', 'translator', 'rollout']) {
      const file = join(copy, 'libs', lib, 'src', 'planted-globals.ts');
      writeFileSync(
        file,
        uncompilable.map((code, index) => `export const planted${index} = ${code};\n`).join(''),
      );
      const { stdout } = run('tsc', ['-p', `libs/${lib}/tsconfig.lib.json`]);
      const lines = new Set(
        [...stdout.matchAll(/planted-globals\.ts\((\d+),/g)].map((match) => Number(match[1])),
      );
      expect([...lines].sort()).toEqual(uncompilable.map((_, index) => index + 1));
    }
  });
});

describe('the bundles', () => {
  function inputsOf(app: string): string[] {
    const meta = join(ROOT, 'dist', `kubefigurator-${app}.meta.json`);
    if (!existsSync(meta)) throw new Error(`${meta} is missing: npm run build makes it`);
    return Object.keys((JSON.parse(readFileSync(meta, 'utf8')) as { inputs: object }).inputs);
  }

  it("the consumer's holds neither client-node nor ejs, nor anything of the producer's", () => {
    const foreign = /node_modules\/(@kubernetes\/client-node|ejs)\/|apps\/producer|libs\/translator/;
    expect(inputsOf('consumer').filter((input) => foreign.test(input))).toEqual([]);
    expect(inputsOf('consumer').some((input) => input.includes('libs/haproxy-config'))).toBe(true);
  });

  it("the producer's holds nothing of the consumer's", () => {
    expect(inputsOf('producer').filter((input) => /apps\/consumer|libs\/rollout/.test(input))).toEqual([]);
  });

  it.each(['producer', 'consumer'])(
    "the %s's holds nothing of the harness or of what runs at build time",
    (app) => {
      expect(inputsOf(app).filter((input) => /^(\.\.\/)*(test|tools)\//.test(input))).toEqual([]);
    },
  );
});

it('no template passes text around the escape', () => {
  const files = spawnSync('git', ['ls-files', '*.ejs'], { cwd: ROOT, encoding: 'utf8' })
    .stdout.split('\n')
    .filter(Boolean);
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) expect(readFileSync(join(ROOT, file), 'utf8')).not.toContain('<%-');
});
