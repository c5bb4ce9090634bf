import { OperatorError } from './errors.ts';

/**
 * Settles like the promise, but rejects with an OperatorError as soon as the signal is aborted.
 * For reads only, since the work goes on unobserved: work that changes something has to be waited for.
 */
export function unlessStopped<T>(reading: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void =>
      reject(new OperatorError('interrupted; nothing was changed', { code: 'stopped' }));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    reading.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
