import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Execution } from '@kubefigurator/daemon';
import { execute, OperatorError } from '@kubefigurator/daemon';
import { readText } from '../host/text-file.ts';
import { identify, startedAt } from '../host/processes.ts';
import { stateTrouble } from './ledger.ts';

/** Held until released or until the process ends, however it ends. */
export interface Lock {
  readonly release: () => Promise<void>;
}

const FLOCK_TIMEOUT_MS = 10_000;
/** Given by flock(1) where another open file has the lock. */
const HELD = 1;

/**
 * Takes the one lock of a state folder; a second taker learns who holds it.
 * It is a flock(2), which the kernel frees with the process: there is no stale lock to judge. flock(1) takes it on
 * our open file, whose lock it is from then on.
 */
export async function takeLock(folder: string, holder: string): Promise<Lock | { readonly heldBy: string }> {
  const path = join(folder, 'lock');
  const file = await open(path, 'a+', 0o600).catch((error: unknown) => {
    throw stateTrouble(`the lock ${path} can't be opened`, error);
  });
  try {
    const { code, stderr } = await flock(file, '--exclusive', '--nonblock');
    if (code === 0) return await hold(file, holder);
    const heldBy = code === HELD ? (await file.readFile('utf8')).trim() : undefined;
    await file.close();
    if (heldBy === undefined) throw new OperatorError(`${path} can't be locked: ${stderr.trim()}`);
    return { heldBy: heldBy === '' ? 'another process' : heldBy };
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
}

/** Clock ticks and the boot's time are exact to about a second. */
const CLOCK_MARGIN_MS = 2_000;

/** Who holds the lock of a state folder; undefined where nobody does. Looks without trying, which could be in the way. */
export async function lockHolder(folder: string): Promise<string | undefined> {
  const written = await readText(join(folder, 'lock'));
  const holder = written?.text.trim() ?? '';
  const process = await identify(Number(/^pid (\d+)/.exec(holder)?.[1]));
  if (written === undefined || process === undefined) return undefined;
  // A process that is younger than the word it should have written only has the number of one that is gone.
  return (await startedAt(process)) < written.changedAt + CLOCK_MARGIN_MS ? holder : undefined;
}

function flock(file: FileHandle, ...flags: readonly string[]): Promise<Execution> {
  return execute('flock', [...flags, '3'], { timeoutMs: FLOCK_TIMEOUT_MS, file: file.fd });
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
