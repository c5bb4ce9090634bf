import { createBackoff } from '@kubefigurator/daemon';
import type { AnnouncerPace, Teller } from './announcing.ts';
import type { Session } from './session.ts';

export interface StatusWriterOptions {
  readonly session: Session;
  readonly key: Buffer;
  readonly pace: AnnouncerPace;
  readonly onWrite: (result: 'written' | 'failed') => void;
  readonly tell: Teller;
}

export interface StatusWriter {
  readonly publish: (status: string) => void;
  /** Looks whether etcd still holds what was written last, and writes it again where it doesn't. */
  readonly verify: () => void;
  readonly stop: () => void;
}

const RETRY = { minMs: 1_000, maxMs: 30_000 };

/** Writes the newest text, not more often than its pace, until etcd has it; sleeps while there is nothing new. */
export function createStatusWriter({ session, key, pace, onWrite, tell }: StatusWriterOptions): StatusWriter {
  const retry = createBackoff(RETRY);
  let wanted: string | undefined;
  let written: string | undefined;
  let doubted = false;
  let notBefore = 0;
  let busy = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  function schedule(): void {
    clearTimeout(timer);
    if (stopped || busy || wanted === undefined || (wanted === written && !doubted)) return;
    timer = setTimeout(() => void run(), Math.max(0, notBefore - performance.now())).unref();
  }

  async function run(): Promise<void> {
    const text = wanted ?? '';
    busy = true;
    let waitMs = pace.writeMs;
    try {
      await (text === written ? putWhereMissing(text) : put(text));
      written = text;
      doubted = false;
      retry.reset();
      tell(undefined);
      onWrite('written');
    } catch (error) {
      if (stopped) return;
      waitMs = tell(error) ? pace.deniedMs : retry.next();
      onWrite('failed');
    }
    busy = false;
    notBefore = performance.now() + waitMs;
    schedule();
  }

  function put(text: string): Promise<unknown> {
    const value = Buffer.from(text);
    return session.call('status', 'write', (client) => client.kv.put({ key, value }));
  }

  function putWhereMissing(text: string): Promise<unknown> {
    const value = Buffer.from(text);
    return session.call('status', 'write', (client) =>
      client.kv.txn({
        compare: [{ result: 'Equal', target: 'Value', key, value }],
        failure: [{ request_put: { key, value } }],
      }),
    );
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
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
