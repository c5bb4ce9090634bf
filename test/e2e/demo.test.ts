import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CommandResult } from '../support/sandbox/processes.ts';
import { runCommand } from '../support/sandbox/processes.ts';
import { repositoryRoot } from '../support/sandbox/programs.ts';

/** Runs the tour as `npm run demo -- --once` does inside the sandbox. */
function runDemo(options: object): Promise<CommandResult> {
  return runCommand([process.execPath, '--import', 'tsx', join(repositoryRoot, 'test/demo/main.ts')], {
    cwd: repositoryRoot,
    env: { KUBEFIGURATOR_OPTIONS: JSON.stringify({ once: true, ...options }) },
    limitMs: 120_000,
  });
}

function start(...args: readonly string[]): Promise<CommandResult> {
  return runCommand([process.execPath, join(repositoryRoot, 'test/support/start.mjs'), ...args]);
}

describe('the demo', () => {
  it('exits 0 if each host gives the right answer at every step', async () => {
    const { code, stdout } = await runDemo({});
    expect(stdout).toContain('Each host, asked at its own address, answered every step right.');
    expect(stdout).toContain('Service default/broken: NOT served');
    expect(stdout).toMatch(/2 of 2 hosts in sync[^$]*Held by a guard since/);
    expect(code).toBe(0);
  }, 130_000);

  it('exits 1 and names the host and the step if a consumer is stopped', async () => {
    const { code, stdout } = await runDemo({ withoutConsumer: 'lb-2' });
    expect(code).toBe(1);
    expect(stdout).toContain('lb-2 (10.99.0.12), step "Service blog added"');
    expect(stdout).not.toMatch(/lb-1 \(10\.99\.0\.11\), step/);
  }, 130_000);

  it('refuses an unknown flag', async () => {
    const { code, stderr } = await start('demo', '--onec');
    expect(code).toBe(2);
    expect(stderr).toContain('did you mean --once?');
  });

  it('prints its help', async () => {
    expect(await start('demo', '--help')).toMatchObject({ code: 0, stderr: '' });
  });
});
