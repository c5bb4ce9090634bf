import { constants, closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A mark on disk while a text is parsed and judged. It stays there if this process ends meanwhile, for example
 * because the text takes too much memory or time.
 */
export interface ReadingMark {
  /** True if an agent before this one ended while it read this text. */
  readonly isSuspect: (hash: string) => boolean;
  /** Runs `read` with the mark of the text on disk; after that, no text is suspect any more. */
  readonly during: <T>(hash: string, read: () => T) => T;
}

const NAME = 'reading.json';

interface Mark {
  readonly hash: string;
  readonly bootId: string;
}

/**
 * The mark in a state folder. `bootId` is the id of this boot: a mark of another boot was left by a power cut or a
 * restart of the machine, so it says nothing about its text. Without `bootId` no text is suspect.
 */
export function createReadingMark(folder: string, bootId: string | undefined): ReadingMark {
  const file = join(folder, NAME);
  const found = bootId === undefined ? undefined : readMark(file);
  /** The mark that an agent of this boot left. */
  let left = found?.bootId === bootId ? found : undefined;

  function during<T>(hash: string, read: () => T): T {
    writeMark(file, { hash, bootId: bootId ?? '' });
    try {
      return read();
    } finally {
      left = undefined;
      removeMark(file);
    }
  }

  return { isSuspect: (hash) => left?.hash === hash, during };
}

function readMark(file: string): Mark | undefined {
  try {
    const { hash, bootId } = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, unknown>>;
    return typeof hash === 'string' && typeof bootId === 'string' ? { hash, bootId } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Without fsync, since the file has to survive only the end of this process. If it can't be written, such as on a
 * full disk, the text is read all the same.
 */
function writeMark(file: string, mark: Mark): void {
  try {
    rmSync(file, { force: true });
    const fd = openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      writeSync(fd, JSON.stringify(mark));
    } finally {
      closeSync(fd);
    }
  } catch {
    // The text is read without a mark.
  }
}

function removeMark(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // On a read-only disk the mark can't be removed, but it can't have been made there, either.
  }
}
