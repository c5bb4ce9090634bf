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
   * Called, as JSON, with each status that differs from the one before. If the file couldn't be written, the next update
   * calls it even with an unchanged status.
   */
  readonly publish: (status: string) => void;
}

/** Writes the status to three places: a file, systemd's status line, and a key in etcd. */
export interface StatusBoard {
  /** Composes the status soon, and writes it if it changed. */
  readonly update: () => void;
  /** Writes a status that is still due, and writes none after it. */
  readonly close: () => Promise<void>;
}

/** Changes within this time are written together, in milliseconds. */
const GATHER_MS = 100;
const LONGEST_SENTENCE = 400;

export function createStatusBoard({ io, log, folder, compose, publish }: StatusBoardOptions): StatusBoard {
  let shown = '';
  let sentence = '';
  const alarm = createAlarm();
  const mark = createOldMark();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let closed = false;

  async function show(): Promise<void> {
    const status = await compose();
    const text = JSON.stringify(status);
    if (text === shown) return;
    shown = text;
    publish(text);
    // systemd comes first, since the file can fail.
    const said = systemdSentenceOf(status).slice(0, LONGEST_SENTENCE);
    if (said !== sentence) await notifySystemd(io, `STATUS=${said}`);
    sentence = said;
    await writeStatusFile(folder, `${JSON.stringify(status, undefined, 2)}\n`);
    await mark.clear();
  }

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
    shown = '';
    await mark.set();
  }

  return {
    update: () => {
      if (!closed) timer ??= setTimeout(() => void run(), GATHER_MS);
    },
    close: () => {
      closed = true;
      if (timer === undefined) return writing;
      clearTimeout(timer);
      return run();
    },
  };
}
