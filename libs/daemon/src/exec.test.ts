import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runChild } from './exec.ts';
import { until } from './testing/captured-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'runChild-'));
afterAll(() => rmSync(folder, { recursive: true }));

const sh = (
  script: string,
  options: Partial<Parameters<typeof runChild>[2]> = {},
): ReturnType<typeof runChild> => runChild('sh', ['-c', script], { timeoutMs: 10_000, ...options });

describe('runChild', () => {
  it('returns exit code and both outputs', async () => {
    const result = await sh('echo out; echo err >&2; exit 3');
    expect(result).toMatchObject({
      code: 3,
      signal: null,
      stdout: 'out\n',
      stderr: 'err\n',
      killed: undefined,
    });
    expect(result.durationMs).toBeGreaterThan(0);
  });

  it('runs the program without a shell', async () => {
    expect((await runChild('echo', ['$HOME; exit 1 | *'], { timeoutMs: 5_000 })).stdout).toBe(
      '$HOME; exit 1 | *\n',
    );
  });

  it('passes input and environment to the program', async () => {
    expect((await sh('cat; echo $A', { input: 'in ', env: { A: 'a', PATH: '/usr/bin:/bin' } })).stdout).toBe(
      'in a\n',
    );
    expect((await sh('exit 0', { input: 'x'.repeat(1_000_000) })).code).toBe(0);
  });

  it('kills the whole process group after the time limit', async () => {
    const file = join(folder, 'pid');
    const result = await sh(`sleep 60 & echo $! > ${file}; wait`, { timeoutMs: 200 });
    expect(result).toMatchObject({ code: null, signal: 'SIGKILL', killed: 'timeout' });
    const pid = readFileSync(file, 'utf8').trim();
    await until('the grandchild is gone', () => {
      return !existsSync(`/proc/${pid}`) || readFileSync(`/proc/${pid}/stat`, 'utf8').includes(' Z ');
    });
  });

  it('kills the program if the signal is aborted, also if it was aborted before the start', async () => {
    const stop = new AbortController();
    const running = sh('sleep 60', { signal: stop.signal });
    stop.abort();
    expect(await running).toMatchObject({ killed: 'aborted' });
    expect(await sh('sleep 60', { signal: stop.signal })).toMatchObject({ killed: 'aborted' });
  });

  it('passes on what the program writes to stderr while it runs', async () => {
    const stop = new AbortController();
    const running = sh('echo code 42 >&2; sleep 60', {
      signal: stop.signal,
      onStderr: (piece) => piece.includes('42') && stop.abort(),
    });
    expect(await running).toMatchObject({ stderr: 'code 42\n', killed: 'aborted' });
  });

  it("doesn't wait for a child that outlives the program", async () => {
    const result = await sh('sleep 3 & echo left');
    expect(result.stdout).toBe('left\n');
    expect(result.durationMs).toBeLessThan(2_000);
  });

  it('keeps the first and last bytes of a large output, and replaces bytes that are not UTF-8', async () => {
    const { stdout } = await sh('echo head; yes | head -c 3000000; echo tail');
    expect(stdout.length).toBeLessThan(1_100_000);
    expect(stdout).toMatch(/^head\n[^]*\n\[\d+ bytes left out\]\n[^]*tail\n$/);
    expect((await sh("printf 'a\\377b'")).stdout).toBe('a\ufffdb');
  });

  it('rejects with the reason if the program cannot be started', async () => {
    await expect(runChild('no-such-program', [], { timeoutMs: 1_000 })).rejects.toThrow(
      "can't run no-such-program: there is no such program",
    );
    await expect(runChild('/etc/passwd', [], { timeoutMs: 1_000 })).rejects.toThrow('it may not be executed');
  });
});
