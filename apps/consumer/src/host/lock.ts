import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { execute, OperatorError } from '@kubefigurator/daemon';

/** Held until released or until the process ends, however it ends. */
export interface Lock {
  readonly release: () => Promise<void>;
}

const FLOCK_TIMEOUT_MS = 10_000;
/** Given by `flock --nonblock` where another open file has the lock (flock(1)). */
const HELD = 1;

/**
 * Takes the one lock of a state folder; a second taker learns who holds it.
 * It is a flock(2), which the kernel frees with the process: there is no stale lock to judge. flock(1) takes it on
 * our open file, whose lock it is from then on.
 */
export async function takeLock(folder: string, holder: string): Promise<Lock | { readonly heldBy: string }> {
  const file = await open(join(folder, 'lock'), 'a+', 0o600);
  try {
    const { code, stderr } = await execute('flock', ['--nonblock', '3'], {
      timeoutMs: FLOCK_TIMEOUT_MS,
      file: file.fd,
    });
    if (code === 0) return await hold(file, holder);
    const heldBy = code === HELD ? (await file.readFile('utf8')).trim() : undefined;
    await file.close();
    if (heldBy === undefined)
      throw new OperatorError(`${join(folder, 'lock')} can't be locked: ${stderr.trim()}`);
    return { heldBy: heldBy === '' ? 'another process' : heldBy };
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
}

async function hold(file: FileHandle, holder: string): Promise<Lock> {
  await file.truncate();
  await file.write(`${holder}\n`);
  return {
    release: async () => {
      await file.truncate();
      await file.close();
    },
  };
}
