import { watch } from 'node:fs';
import { dirname } from 'node:path';
import { waitFor, when } from '../sandbox/wait.ts';
import type { LoadBalancerHost } from './host.ts';

/**
 * Waits until the agent writes in the folder of dynamic.cfg later than `ms` milliseconds from now: it stages a text,
 * since it tries a refused part again.
 */
export async function triedAgain({ haproxyConfig }: LoadBalancerHost, ms: number): Promise<void> {
  const began = performance.now();
  let lastWrite = began;
  const watcher = watch(dirname(haproxyConfig), () => (lastWrite = performance.now()));
  await waitFor('a later try', () => when(lastWrite - began > ms, `last at ${String(lastWrite)}`));
  watcher.close();
}
