import type { HostStatus } from '@kubefigurator/config-model';
import type { Io, Logger } from '@kubefigurator/daemon';
import { createAlarm, notifySystemd } from '@kubefigurator/daemon';
import { createOldMark, writeStatusFile } from '../state/status-file.ts';
import { systemdSentenceOf } from './compose.ts';

export interface StatusBoardOptions {
  readonly io: Io;
  readonly log: Logger;
  readonly folder: string;
  readonly compose: () => Promise<HostStatus>;
  /**
   * Called with each status that differs from the one before, as JSON. After a failed write of the file, the next
   * update calls it with an unchanged status, too.
   */
  readonly publish: (status: string) => void;
}

/** Writes the status to three places: a file, systemd's status line, and a key in etcd. */
export interface StatusBoard {
  /** Has the status composed soon, and written if it changed. */
  readonly update: () => void;
  /** Writes a status that is still due, and writes none after it. */
  readonly close: () => Promise<void>;
}

/** Changes within this time are written together, in milliseconds. */
const GATHER_MS = 100;
const LONGEST_SENTENCE = 400;

export function createStatusBoard({ io, log, folder, compose, publish }: StatusBoardOptions): StatusBoard {
  let lastStatus = '';
  let lastSentence = '';
  const alarm = createAlarm();
  const mark = createOldMark();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let isClosed = false;

  /** Composes the status, and writes it to the three places if it changed. */
  async function show(): Promise<void> {
    const status = await compose();
    const text = JSON.stringify(status);
    if (text === lastStatus) return;
    lastStatus = text;
    publish(text);
    // systemd is told before the file is written, since the write may fail.
    const sentence = systemdSentenceOf(status).slice(0, LONGEST_SENTENCE);
    if (sentence !== lastSentence) await notifySystemd(io, `STATUS=${sentence}`);
    lastSentence = sentence;
    await writeStatusFile(folder, `${JSON.stringify(status, undefined, 2)}\n`);
    await mark.clear();
  }

  /** Shows the status once the write before has ended. */
  function run(): Promise<void> {
    timer = undefined;
    writing = writing.then(show).then(logRecovery, logFailure);
    return writing;
  }

  function logRecovery(): void {
    const level = alarm.end();
    if (level !== undefined) log[level]('status-file.recovered');
  }

  /** The same failure, such as a full disk, is logged once at level warn. */
  async function logFailure(err: unknown): Promise<void> {
    log[alarm.raise('warn', String(err))]({ err }, 'status-file.failed');
    // The status counts as not written, so that the next update writes it.
    lastStatus = '';
    await mark.set();
  }

  return {
    update: () => {
      if (!isClosed) timer ??= setTimeout(() => void run(), GATHER_MS);
    },
    close: () => {
      isClosed = true;
      if (timer === undefined) return writing;
      clearTimeout(timer);
      return run();
    },
  };
}
