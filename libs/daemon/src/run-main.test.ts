import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from './testing/captured-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'run-main-'));
const bundle = join(folder, 'kubefigurator-trial.cjs');

/** A program with several behaviours; the first argument selects one. */
const source = `
import { readFile } from 'node:fs';
import { runMain, delay } from './index.ts';
const stopped = (io) => new Promise((resolve) => io.signal.addEventListener('abort', () => resolve(undefined)));
const trials = {
  code: () => Promise.resolve(5),
  throw: () => Promise.reject(new Error('boom')),
  later: () => { setTimeout(() => { throw new Error('later'); }, 1); return new Promise(() => setInterval(() => {}, 1000)); },
  much: async (io) => { for (let n = 0; n < 200000; n += 1) io.stdout.write('line ' + n + '\\n'); return 0; },
  stop: async (io) => { const keep = setInterval(() => {}, 1000); io.stdout.write('ready'); await stopped(io); clearInterval(keep); io.stdout.write(' bye'); return 0; },
  hang: async (io) => { setInterval(() => {}, 1000); io.stdout.write('ready'); await new Promise(() => {}); return 0; },
  stuck: async (io) => { readFile(io.args[1], () => {}); io.stdout.write('ready'); await stopped(io); io.stdout.write(' bye'); return 0; },
  reload: async (io) => { io.onReload(() => io.stdout.write('again')); io.stdout.write('ready'); await Promise.race([stopped(io), delay(10000)]); return 0; },
};
runMain(process, (io) => trials[io.args[0]](io));
`;

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
}

interface Trial {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly ended: Promise<Ended>;
}

function start(...args: readonly string[]): Trial {
  const child = spawn(process.execPath, [bundle, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = [[] as string[], [] as string[]];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk.toString()));
  const ended = new Promise<Ended>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal })),
  );
  return { child, out: () => out.join(''), err: () => err.join(''), ended };
}

beforeAll(async () => {
  const stdin = {
    contents: source,
    resolveDir: dirname(fileURLToPath(import.meta.url)),
    loader: 'ts' as const,
  };
  await build({
    stdin,
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'error',
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('runMain', () => {
  it('exits with the code of the run', async () => {
    expect((await start('code').ended).code).toBe(5);
  });

  it('prints an unexpected failure in one line, and its stack with -v', async () => {
    const plain = start('throw');
    expect((await plain.ended).code).toBe(1);
    expect(plain.err()).toBe('kubefigurator-trial: unexpected failure: boom\n');
    const detailed = start('throw', '-v');
    await detailed.ended;
    expect(detailed.err()).toContain('Error: boom\n    at ');
    const later = start('later');
    expect((await later.ended).code).toBe(1);
    expect(later.err()).toBe('kubefigurator-trial: unexpected failure: later\n');
  });

  it('loses no output at exit', async () => {
    const much = start('much');
    expect((await much.ended).code).toBe(0);
    expect(much.out().endsWith('line 199999\n')).toBe(true);
  });

  it('prints nothing if the reader of stdout closes the pipe', async () => {
    const script = `node "$0" much | head -1; echo "\${PIPESTATUS[0]}"`;
    const child = spawn('bash', ['-c', script, bundle], { stdio: ['ignore', 'pipe', 'pipe'] });
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => said.push(chunk.toString()));
    await new Promise((resolve) => child.on('close', resolve));
    expect(said.join('')).toBe('line 0\n0\n');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('exits cleanly after %s', async (signal) => {
    const trial = start('stop');
    await until('it is ready', () => trial.out() === 'ready');
    trial.child.kill(signal);
    expect((await trial.ended).code).toBe(0);
    expect(trial.out()).toBe('ready bye');
  });

  it.each(['hang', 'stuck'])('ends at once after a second signal (%s)', async (name) => {
    const pipe = join(folder, name);
    execFileSync('mkfifo', [pipe]);
    const trial = start(name, pipe);
    await until('it is ready', () => trial.out() === 'ready');
    trial.child.kill('SIGTERM');
    const repeat = setInterval(() => trial.child.kill('SIGTERM'), 50);
    expect(await trial.ended).toEqual({ code: null, signal: 'SIGTERM' });
    clearInterval(repeat);
  });

  it.each(['SIGHUP', 'SIGUSR1'] as const)('calls the listener of reloads after %s', async (signal) => {
    const trial = start('reload');
    await until('it is ready', () => trial.out() === 'ready');
    trial.child.kill(signal);
    await until('it reloads', () => trial.out() === 'readyagain');
    trial.child.kill('SIGTERM');
    expect((await trial.ended).code).toBe(0);
    expect(trial.err()).toBe('');
  });
});
