import { OperatorError, type Logger } from '@kubefigurator/daemon';

/** Logs a failure, or with undefined that the work succeeded; returns true if etcd denies the permission. */
export type FailureLog = (failure: unknown) => boolean;

/** The follower of the config logs these already, so that they are logged at debug level here. */
const LOGGED_BY_FOLLOWER = new Set(['unreachable', 'timeout', 'no-leader', 'closed']);

/** Logs each kind of failure of one piece of work once until the work succeeds again. */
export function createFailureLog(log: Logger, what: 'status' | 'presence'): FailureLog {
  let logged: string | undefined;
  return (failure) => {
    if (failure === undefined) {
      if (logged === 'denied') log.info({}, `${what}.allowed`);
      logged = undefined;
      return false;
    }
    const code = (failure instanceof OperatorError ? failure.code : undefined) ?? 'other';
    const level = code === logged || LOGGED_BY_FOLLOWER.has(code) ? 'debug' : 'warn';
    log[level]({ err: failure, code }, `${what}.${code === 'denied' ? 'denied' : 'failed'}`);
    logged = code;
    return code === 'denied';
  };
}
