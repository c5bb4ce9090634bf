import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readText, replaceText } from './files.ts';
import type { ProcessId } from './processes.ts';

/** What was last seen to run on this host: "in sync" is what this says, never that files are equal. */
export interface Ledger {
  readonly revision: string;
  /** SHA-256 of the text, in hex. */
  readonly hash: string;
  /** The worker that was seen to run it; undefined where no proof could be had. */
  readonly worker: ProcessId | undefined;
  readonly appliedAt: string;
  readonly method: string;
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

/** Opens the state folder and makes it where it is missing. */
export async function openStateFolder(path: string): Promise<StateFolder> {
  await mkdir(path, { recursive: true, mode: 0o755 });
  const ledgerFile = join(path, 'ledger.json');
  const textFile = join(path, 'last-known-good.cfg');
  /** The lock makes this process the only writer, so what it wrote last is what is there. */
  let remembered: LastKnownGood | undefined;

  async function read(): Promise<LastKnownGood | undefined> {
    if (remembered !== undefined) return remembered;
    const [ledger, text] = [
      parseLedger((await readText(ledgerFile))?.text),
      (await readText(textFile))?.text,
    ];
    if (ledger === undefined || text === undefined || hashText(text) !== ledger.hash) return undefined;
    return (remembered = { ledger, text });
  }

  async function record(good: LastKnownGood): Promise<void> {
    const known = await read();
    remembered = undefined;
    if (known?.text !== good.text) await replaceText(textFile, good.text);
    await replaceText(ledgerFile, `${JSON.stringify(good.ledger, undefined, 2)}\n`);
    remembered = good;
  }

  return { path, read, record };
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
