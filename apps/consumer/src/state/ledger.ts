import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileTrouble, OperatorError } from '@kubefigurator/daemon';
import { readText, replaceText } from '../host/release-files.ts';
import type { ProcessId } from '../host/processes.ts';

/** What was last seen to run on this host: "in sync" is what this says, never that files are equal. */
export interface Ledger {
  readonly revision: string;
  /** SHA-256 of the text, in hex. */
  readonly hash: string;
  /** The worker that was seen to run it; undefined where no proof could be had. */
  readonly worker: ProcessId | undefined;
  readonly appliedAt: string;
  readonly method: string;
  /** `backend/server` of those that we may have put into maintenance in a worker of which nobody knows what it runs. */
  readonly removing?: readonly string[];
}

/** The ledger together with the text it speaks of. */
export interface LastKnownGood {
  readonly ledger: Ledger;
  readonly text: string;
}

/** The folder where a host remembers, across restarts, what it runs. */
export interface StateFolder {
  readonly path: string;
  /** Undefined on the first start, and where ledger and text don't belong together. */
  readonly read: () => Promise<LastKnownGood | undefined>;
  /** Text first, ledger second: a crash between them leaves nothing that claims too much. */
  readonly record: (good: LastKnownGood) => Promise<void>;
}

/** SHA-256 of a text, in hex. */
export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Opens the state folder and makes it where it is missing. Throws OperatorError. */
export async function openStateFolder(path: string): Promise<StateFolder> {
  await mkdir(path, { recursive: true, mode: 0o755 })
    // On a read-only disk Node says then that there is no such folder; without `recursive` it says why.
    .catch(() => mkdir(path, { mode: 0o755 }))
    .catch((error: unknown) => {
      throw stateTrouble(`the state directory ${path} can't be made`, error);
    });
  return stateFolderAt(path);
}

/** A state folder as it is; where there is none, nothing is remembered. */
export function stateFolderAt(path: string): StateFolder {
  const ledgerFile = join(path, 'ledger.json');
  const textFile = join(path, 'last-known-good.cfg');
  /** The lock makes this process the only writer, so what it recorded last is what counts, written or not. */
  let remembered: LastKnownGood | undefined;
  let textOnDisk: string | undefined;

  async function read(): Promise<LastKnownGood | undefined> {
    if (remembered !== undefined) return remembered;
    // What can't be read is no ledger: it costs one reload.
    const ledger = parseLedger(await readOrNothing(ledgerFile));
    textOnDisk = await readOrNothing(textFile);
    if (ledger === undefined || textOnDisk === undefined || hashText(textOnDisk) !== ledger.hash)
      return undefined;
    return (remembered = { ledger, text: textOnDisk });
  }

  async function record(good: LastKnownGood): Promise<void> {
    remembered = good;
    if (textOnDisk !== good.text) await replaceText(textFile, good.text);
    textOnDisk = good.text;
    await replaceText(ledgerFile, `${JSON.stringify(good.ledger, undefined, 2)}\n`);
  }

  return { path, read, record };
}

export const USE_ANOTHER =
  'run it as the user of the agent (root), or name another folder with --state-directory';

/** What to do is the same whatever can't be written below the state folder. */
export function stateTrouble(what: string, cause: unknown): OperatorError {
  return new OperatorError(`${what}: ${fileTrouble(cause, 'write')}`, { hint: USE_ANOTHER, cause });
}

async function readOrNothing(path: string): Promise<string | undefined> {
  return (await readText(path).catch(() => undefined))?.text;
}

function parseLedger(text: string | undefined): Ledger | undefined {
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as Partial<Ledger> | null;
    return typeof value?.hash === 'string' && typeof value.revision === 'string'
      ? (value as Ledger)
      : undefined;
  } catch {
    return undefined;
  }
}
