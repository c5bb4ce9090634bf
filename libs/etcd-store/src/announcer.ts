import { keysBelow } from '@kubefigurator/config-model';
import { delay, OperatorError, type Logger } from '@kubefigurator/daemon';
import { checkEtcdSettings, type EtcdSettings } from './etcd-settings.ts';
import type { AnnouncerPace, Teller } from './announcing.ts';
import { keepPresent } from './presence.ts';
import { openSession } from './session.ts';
import { createStatusWriter } from './status-writer.ts';

/** What a host tells about itself in etcd; nothing here ever throws or keeps anybody waiting. */
export interface Announcer {
  /** Takes the place of the status in etcd, soon: the newest wins, and the same text isn't written twice. */
  readonly publish: (status: string) => void;
  /** Takes the presence away and ends; waits for etcd for a moment only. */
  readonly close: () => Promise<void>;
}

export interface AnnouncerOptions {
  /** The host's name, under which its keys are. */
  readonly host: string;
  /** The value of the presence key. */
  readonly presence: string;
  readonly log: Logger;
  /** Called after each write of the status. */
  readonly onWrite?: (result: 'written' | 'failed') => void;
  readonly pace?: Partial<AnnouncerPace>;
}

const PACE: AnnouncerPace = { writeMs: 1_000, beatMs: 10_000, verifyMs: 300_000, deniedMs: 300_000 };
const FAREWELL_MS = 2_000;
/** The reader of the config tells of these already. */
const TOLD_ELSEWHERE = new Set(['unreachable', 'timeout', 'no-leader', 'closed']);

/** Announces a host in etcd over connections of its own. Throws UsageError for settings that don't fit together. */
export function openAnnouncer(settings: EtcdSettings, options: AnnouncerOptions): Announcer {
  checkEtcdSettings(settings);
  const pace = { ...PACE, ...options.pace };
  const keys = keysBelow(settings.etcdPath);
  const [statusKey, aliveKey] = [keys.host(options.host), keys.alive(options.host)];
  const statusSession = openSession({ settings, key: statusKey, log: options.log });
  const aliveSession = openSession({ settings, key: aliveKey, log: options.log });
  const stop = new AbortController();
  const writer = createStatusWriter({
    session: statusSession,
    key: Buffer.from(statusKey),
    pace,
    onWrite: options.onWrite ?? (() => undefined),
    tell: createTeller(options.log, 'status'),
  });
  const present = keepPresent({
    session: aliveSession,
    key: Buffer.from(aliveKey),
    value: options.presence,
    pace,
    signal: stop.signal,
    tell: createTeller(options.log, 'presence'),
    onVerify: writer.verify,
  });
  return {
    publish: writer.publish,
    close: async () => {
      writer.stop();
      stop.abort();
      await Promise.race([present, delay(FAREWELL_MS)]);
      aliveSession.close();
      statusSession.close();
    },
  };
}

/** Tells each kind of failure once until it works again: failing to announce disturbs nothing else. */
function createTeller(log: Logger, what: 'status' | 'presence'): Teller {
  let told: string | undefined;
  return (failure) => {
    if (failure === undefined) {
      if (told === 'denied') log.info({}, `${what}.allowed`);
      told = undefined;
      return false;
    }
    const code = (failure instanceof OperatorError ? failure.code : undefined) ?? 'other';
    const level = code === told || TOLD_ELSEWHERE.has(code) ? 'debug' : 'warn';
    log[level]({ err: failure, code }, `${what}.${code === 'denied' ? 'denied' : 'failed'}`);
    told = code;
    return code === 'denied';
  };
}
