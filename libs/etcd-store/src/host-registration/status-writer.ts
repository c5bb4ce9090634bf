import { createBackoff } from '@kubefigurator/daemon';
import type { FailureLog } from '../connection/failure-log.ts';
import type { AnnouncerPace } from './pace.ts';

export interface StatusWriterOptions {
  readonly put: (status: string) => Promise<void>;
  /** Puts the status unless the key holds it. */
  readonly putUnlessHeld: (status: string) => Promise<void>;
  readonly pace: Pick<AnnouncerPace, 'writeMs' | 'deniedMs'>;
  readonly onWrite: (result: 'written' | 'failed') => void;
  readonly report: FailureLog;
}

export interface StatusWriter {
  readonly publish: (status: string) => void;
  /** Checks that etcd still holds what was written last, and writes it again if it doesn't. */
  readonly verify: () => void;
  /** Ends the writer: tries once, now, to write the newest status if it isn't written yet; doesn't reject. */
  readonly finish: () => Promise<void>;
}

const RETRY = { minMs: 1_000, maxMs: 30_000 };

/** Writes the newest status, not more often than its pace, until etcd has it; does nothing while there is nothing new. */
export function createStatusWriter(options: StatusWriterOptions): StatusWriter {
  const { pace, onWrite, report } = options;
  const retry = createBackoff(RETRY);
  let wanted: string | undefined;
  let written: string | undefined;
  /** Whether etcd may have lost what was written. */
  let doubted = false;
  /** When the next write may begin, by `performance.now()`. */
  let notBefore = 0;
  let busy: Promise<void> | undefined;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  function schedule(): void {
    clearTimeout(timer);
    const isDone = wanted === written && !doubted;
    if (stopped || busy !== undefined || wanted === undefined || isDone) return;
    const text = wanted;
    timer = setTimeout(() => void start(text), Math.max(0, notBefore - performance.now())).unref();
  }

  async function start(text: string): Promise<void> {
    busy = write(text);
    await busy;
    busy = undefined;
    schedule();
  }

  async function write(text: string): Promise<void> {
    let waitMs = pace.writeMs;
    try {
      await (text === written ? options.putUnlessHeld(text) : options.put(text));
      written = text;
      doubted = false;
      retry.reset();
      report(undefined);
      onWrite('written');
    } catch (error) {
      waitMs = report(error) ? pace.deniedMs : retry.next();
      onWrite('failed');
    }
    notBefore = performance.now() + waitMs;
  }

  return {
    publish: (status) => {
      wanted = status;
      schedule();
    },
    verify: () => {
      doubted = written !== undefined;
      schedule();
    },
    finish: async () => {
      stopped = true;
      clearTimeout(timer);
      await busy;
      if (wanted !== undefined && wanted !== written) await write(wanted);
    },
  };
}
