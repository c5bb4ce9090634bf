import { OperatorError } from './errors.ts';

/**
 * What is being read, unless the program is told to stop meanwhile: then an OperatorError, without waiting any longer.
 * For reading only: work that changes something has to be brought to its end.
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
