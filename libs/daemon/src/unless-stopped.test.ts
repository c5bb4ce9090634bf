import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { unlessStopped } from './unless-stopped.ts';

it('settles like the promise', async () => {
  const { signal } = new AbortController();
  expect(await unlessStopped(Promise.resolve(1), signal)).toBe(1);
  await expect(unlessStopped(Promise.reject(new Error('away')), signal)).rejects.toThrow('away');
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

it('rejects as soon as the signal is aborted', async () => {
  const stop = new AbortController();
  const waiting = unlessStopped(new Promise(() => undefined), stop.signal);
  stop.abort();
  await expect(waiting).rejects.toThrow('interrupted; nothing was changed');
  const late = Promise.reject(new Error('the request was aborted'));
  await expect(unlessStopped(late, stop.signal)).rejects.toThrow('interrupted');
});
