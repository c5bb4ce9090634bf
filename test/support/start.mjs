#!/usr/bin/env node
// `npm test` and `npm run demo|bench|soak` start here. Plain Node without dependencies, so that it works on a clean clone.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { obtainFaketime } from './sandbox/faketime.mjs';
import { obtainHaproxies } from './haproxy/haproxies.mjs';
import { isInstalled } from './sandbox/installed.mjs';
import { HarnessError, runAttached, runQuietly, say } from '../../tools/run.mjs';
import { obtainMachine } from './machine/machine.mjs';
import { obtainPrograms, PROGRAMS } from './sandbox/programs.mjs';
import { runInSandbox } from './sandbox/sandbox.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const tool = (name) => join(root, 'node_modules', '.bin', name);
const NX = tool('nx');
/** Programs that a fleet runs without; only some tests need them. */
const FOR_SOME = ['kube-apiserver', 'strace', 'promtool', 'prometheus'];
const FLEET = Object.keys(PROGRAMS).filter((name) => !FOR_SOME.includes(name));
const USAGE = `usage: node test/support/start.mjs test [vitest's arguments]
                                  demo [--help]
                                  bench [--help]
                                  soak [--help]
                                  sandbox <command> …   any command in the sandbox, with the programs' paths in its environment`;

function assertNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new HarnessError(
    `Node ${process.versions.node} is too old: 20.19 or newer is needed (https://nodejs.org)`,
  );
}

async function installPackages() {
  if (isInstalled(root)) return;
  say('npm ci');
  await runQuietly('npm ci', 'npm', ['ci', '--no-audit', '--no-fund'], { cwd: root });
}

function nx(target) {
  return runAttached(process.execPath, [NX, 'run-many', '-t', target, '--outputStyle=static'], { cwd: root });
}

async function buildBundles() {
  await runQuietly('building the bundles', process.execPath, [NX, 'run-many', '-t', 'build'], { cwd: root });
}

const tsx = (file) => [process.execPath, '--import', 'tsx', join(root, 'test', file)];

/** Runs demo, bench or soak; checks their options before anything is fetched or built. */
async function runWithOptions(name, args) {
  const { parseOptions } = await import(`../${name}/options.mjs`);
  const parsed = parseOptions(args);
  if (parsed.help !== undefined) return print(process.stdout, parsed.help, 0);
  if (parsed.usage !== undefined) return print(process.stderr, parsed.usage, 2);
  await installPackages();
  await buildBundles();
  const programs = await obtainPrograms(programsFor(name, parsed));
  const others = name === 'soak' ? await obtainHaproxies(programs.KUBEFIGURATOR_HAPROXY) : {};
  return runInSandbox(tsx(`${name}/main.ts`), {
    ...programs,
    ...others,
    KUBEFIGURATOR_OPTIONS: JSON.stringify(parsed.options),
  });
}

function programsFor(name, { kube }) {
  const fleet = kube ? [...FLEET, 'kube-apiserver'] : FLEET;
  return name === 'soak' ? [...fleet, 'strace'] : fleet;
}

function print(stream, text, code) {
  stream.write(`${text}\n`);
  return code;
}

/** Runs all checks, or with arguments only the build of the bundles and the tests that vitest selects. */
async function runTests(args) {
  await installPackages();
  const results = { passed: 0, failed: 0 };
  const checks = args.length === 0 ? ['lint', 'typecheck', 'build'] : ['build'];
  for (const check of checks) await runCheck(results, check);
  const programs = { ...(await obtainPrograms(Object.keys(PROGRAMS))), ...(await obtainMachine()) };
  Object.assign(programs, await obtainHaproxies(programs.KUBEFIGURATOR_HAPROXY), await obtainFaketime());
  const counts = join(tmpdir(), `kubefigurator-tests-${process.pid}.json`);
  const reporters = ['default', join(import.meta.dirname, 'count-reporter.mjs')];
  const vitest = [process.execPath, tool('vitest'), 'run', ...args];
  const code = await runInSandbox([...vitest, ...reporters.map((reporter) => `--reporter=${reporter}`)], {
    ...programs,
    KUBEFIGURATOR_TEST_COUNTS: counts,
  });
  addCounts(results, counts, code);
  rmSync(counts, { force: true });
  return print(
    process.stdout,
    `${results.passed} passed, ${results.failed} failed`,
    results.failed === 0 ? code : 1,
  );
}

async function runCheck(results, check) {
  const steps = check === 'lint' ? [() => nx('lint'), prettier] : [() => nx(check)];
  for (const step of steps) {
    const code = await step();
    if (code !== 0) say(`${check} FAILED`);
    results[code === 0 ? 'passed' : 'failed'] += 1;
  }
}

function prettier() {
  const file = tool('prettier');
  return runAttached(process.execPath, [file, '--check', '--log-level', 'warn', '.'], { cwd: root });
}

/** Without counts, vitest itself failed. */
function addCounts(results, file, code) {
  const counts = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { passed: 0, failed: 1 };
  results.passed += counts.passed;
  results.failed += counts.failed;
  if (code !== 0 && results.failed === 0) results.failed = 1;
}

async function runCommand(args) {
  if (args.length === 0) return print(process.stderr, USAGE, 2);
  await installPackages();
  const programs = await obtainPrograms(
    process.env.KUBEFIGURATOR_WITHOUT_KUBE ? FLEET : Object.keys(PROGRAMS),
  );
  return runInSandbox(args, { ...programs, ...(await obtainHaproxies(programs.KUBEFIGURATOR_HAPROXY)) });
}

async function main([mode, ...args]) {
  assertNode();
  if (mode === 'test') return runTests(args);
  if (['demo', 'bench', 'soak'].includes(mode)) return runWithOptions(mode, args);
  if (mode === 'sandbox') return runCommand(args);
  return print(process.stderr, USAGE, 2);
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error) => {
    process.stderr.write(`${error instanceof HarnessError ? error.message : error.stack}\n`);
    process.exitCode = 1;
  },
);
