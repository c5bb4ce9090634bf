import type { HostStatus } from '@kubefigurator/config-model';
import type { Io, Logger } from '@kubefigurator/daemon';
import { notifySystemd } from '@kubefigurator/daemon';
import { writeStatus } from '../state/status-file.ts';
import { sentenceOf } from './compose.ts';

export interface StatusBoardOptions {
  readonly io: Io;
  readonly log: Logger;
  readonly folder: string;
  readonly compose: () => Promise<HostStatus>;
  /** Called with each status that differs from the one before, as JSON. */
  readonly publish: (status: string) => void;
}

/** Where everybody can read how this host is: a file, systemd's status line, etcd. */
export interface StatusBoard {
  /** Something may have changed; costs nothing where it didn't. */
  readonly update: () => void;
  /** Writes what is still to be written. */
  readonly close: () => Promise<void>;
}

/** Changes within this time are written together, in milliseconds. */
const GATHER_MS = 100;
const LONGEST_SENTENCE = 400;

export function createStatusBoard({ io, log, folder, compose, publish }: StatusBoardOptions): StatusBoard {
  let shown = '';
  let sentence = '';
  let failure = '';
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let closed = false;

  async function show(): Promise<void> {
    const status = await compose();
    const text = JSON.stringify(status);
    if (text === shown) return;
    shown = text;
    publish(text);
    await writeStatus(folder, `${JSON.stringify(status, undefined, 2)}\n`);
    const said = sentenceOf(status).slice(0, LONGEST_SENTENCE);
    if (said !== sentence) await notifySystemd(io, `STATUS=${said}`);
    sentence = said;
  }

  function run(): Promise<void> {
    timer = undefined;
    writing = writing.then(show).then(() => void (failure = ''), tell);
    return writing;
  }

  /** A disk that stays full is told once. */
  function tell(err: unknown): void {
    log[failure === String(err) ? 'debug' : 'warn']({ err }, 'status.failed');
    failure = String(err);
    // It is still to be written.
    shown = '';
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
