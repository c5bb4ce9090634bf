import { createAlarm, OperatorError, type Logger } from '@kubefigurator/daemon';

/** Logs a failure, or with undefined that the work succeeded; returns true if etcd denies the permission. */
export type FailureLog = (failure: unknown) => boolean;

/** Codes of failures that the follower of the config text logs already: they are logged at debug level here. */
const LOGGED_BY_FOLLOWER = new Set(['unreachable', 'timeout', 'no-leader', 'closed']);

/** Logs each kind of failure of one piece of work once, and the success after a failure at the level of the failure. */
export function createFailureLog(log: Logger, what: 'status' | 'presence'): FailureLog {
  const alarm = createAlarm();
  return (failure) => {
    if (failure === undefined) {
      const level = alarm.end();
      if (level !== undefined) log[level](`${what}.recovered`);
      return false;
    }
    const code = (failure instanceof OperatorError ? failure.code : undefined) ?? 'other';
    const level = LOGGED_BY_FOLLOWER.has(code) ? 'debug' : alarm.raise('warn', code);
    log[level]({ err: failure, code }, `${what}.${code === 'denied' ? 'denied' : 'failed'}`);
    return code === 'denied';
  };
}
