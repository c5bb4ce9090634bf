// A pool for vitest: each test file runs in a sandbox of its own, so that files with fleets run side by side.
import { fork } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ForksPoolWorker } from 'vitest/node';

const here = dirname(fileURLToPath(import.meta.url));
/** How many sandboxes were made; numbers their scratch folders. */
let count = 0;

/** For `pool` in vitest's options. Vitest itself has to run in the sandbox that test/support/start.mjs makes. */
export const sandboxes = {
  name: 'sandboxes',
  createPoolWorker: (options) => new SandboxWorker(options),
};

class SandboxWorker extends ForksPoolWorker {
  name = 'sandboxes';
  scratch = undefined;

  async start() {
    // `super` forks only if there is no process yet (vitest 4.1, ForksPoolWorker.start).
    this._fork ??= fork(this.entrypoint, [], {
      env: { ...this.env, ...this.ownPlace() },
      execPath: join(here, 'worker-sandbox.sh'),
      execArgv: this.execArgv,
      stdio: 'pipe',
      serialization: 'advanced',
    });
    await super.start();
  }

  async stop() {
    await super.stop();
    if (this.scratch !== undefined) rmSync(this.scratch, { recursive: true, force: true });
  }

  /**
   * The variables of a new sandbox: a scratch folder, and an id for names that must be unique outside of it. None
   * outside of any sandbox.
   */
  ownPlace() {
    const { KUBEFIGURATOR_SCRATCH: scratch, KUBEFIGURATOR_SANDBOX_PID: pid } = process.env;
    if (scratch === undefined || pid === undefined) return {};
    count += 1;
    this.scratch = join(scratch, String(count));
    mkdirSync(this.scratch);
    return {
      KUBEFIGURATOR_NODE: process.execPath,
      KUBEFIGURATOR_SCRATCH: this.scratch,
      KUBEFIGURATOR_SANDBOX_PID: `${pid}-${count}`,
    };
  }
}
