import { watch } from 'node:fs';
import { dirname } from 'node:path';
import { waitFor, when } from '../sandbox/wait.ts';
import type { LoadBalancerHost } from './host.ts';

/** Waits until the agent stages a text, no sooner than `ms` milliseconds from now: it tries a refused part again. */
export async function triedAgain({ haproxyConfig }: LoadBalancerHost, ms: number): Promise<void> {
  const began = performance.now();
  let last = began;
  const watcher = watch(dirname(haproxyConfig), () => (last = performance.now()));
  await waitFor('a later try', () => when(last - began > ms, `last at ${String(last)}`));
  watcher.close();
}
