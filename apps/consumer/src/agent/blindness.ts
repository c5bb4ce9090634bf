import type { AlarmLevel, Logger } from '@kubefigurator/daemon';
import type { FollowState } from '@kubefigurator/etcd-store';

/** Whether the connection to etcd is lost: the host is blind then, and what HAProxy runs is kept. */
export interface Blindness {
  /** Takes each state of the connection that the follower of etcd reports. */
  readonly hear: (state: FollowState) => void;
  /** When etcd last answered, or when this program started, ISO 8601; undefined while the host isn't blind. */
  readonly since: () => string | undefined;
  /** The seconds since then; 0 while the host isn't blind. */
  readonly seconds: () => number;
  /** The seconds since etcd last answered, or since this program started; also while the host isn't blind. */
  readonly silenceSeconds: () => number;
}

export interface BlindnessOptions {
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Called when the blindness begins and when it ends. */
  readonly onChange: () => void;
  /** When the first reminder comes, in milliseconds; each further one waits twice as long, an hour at most. */
  readonly firstReminderMs?: number;
}

const FIRST_REMINDER_MS = 60_000;
const LONGEST_REMINDER_MS = 3_600_000;
/** Once an outage has lasted this long, its reminders are errors; a shorter one is routine. */
const ERROR_AFTER_MS = 600_000;

/** The host is blind from the start until etcd first answers, and again whenever the connection is lost. */
export function createBlindness(options: BlindnessOptions): Blindness {
  const { log, signal, onChange, firstReminderMs = FIRST_REMINDER_MS } = options;
  let lastHeard = performance.now();
  let blindSince: string | undefined = new Date().toISOString();
  let waitMs = firstReminderMs;
  let timer: NodeJS.Timeout | undefined;
  /** The level of the last reminder; undefined if there was none since the connection was lost. */
  let reminderLevel: AlarmLevel | undefined;
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  armReminder();

  const silenceMs = (): number => performance.now() - lastHeard;

  function armReminder(): void {
    clearTimeout(timer);
    if (!signal.aborted) timer = setTimeout(remind, waitMs).unref();
  }

  function remind(): void {
    const ms = silenceMs();
    reminderLevel = ms < ERROR_AFTER_MS ? 'warn' : 'error';
    log[reminderLevel](
      {
        since: blindSince,
        durationMs: Math.round(ms),
        hint: 'what runs is kept; changes do not arrive here',
      },
      'etcd-outage.continued',
    );
    waitMs = Math.min(waitMs * 2, LONGEST_REMINDER_MS);
    armReminder();
  }

  function hear(state: FollowState): void {
    const durationMs = Math.round(silenceMs());
    lastHeard = state.lastProofOfLife ?? lastHeard;
    const wasBlind = blindSince !== undefined;
    const isBlind = !state.connected;
    if (isBlind === wasBlind) return;
    if (reminderLevel !== undefined) log[reminderLevel]({ durationMs }, 'etcd-outage.ended');
    reminderLevel = undefined;
    blindSince = isBlind ? new Date(Date.now() - silenceMs()).toISOString() : undefined;
    waitMs = firstReminderMs;
    if (isBlind) armReminder();
    else clearTimeout(timer);
    onChange();
  }

  return {
    hear,
    since: () => blindSince,
    seconds: () => (blindSince === undefined ? 0 : silenceMs() / 1000),
    silenceSeconds: () => silenceMs() / 1000,
  };
}
