import { stat } from 'node:fs/promises';
import type { Host } from './host.ts';
import { observeHaproxy } from './running.ts';

/** A text that differs once HAProxy has another worker or the live file was written by anybody. */
export async function fingerprint(host: Host): Promise<string> {
  const [haproxy, file] = await Promise.all([
    observeHaproxy(host.sockets, host.live.path),
    stat(host.live.path).catch(() => undefined),
  ]);
  const worker =
    haproxy.kind === 'up'
      ? [haproxy.worker?.pid, haproxy.worker?.startTicks, haproxy.loadsOurFile]
      : [haproxy.kind];
  return JSON.stringify([worker, file?.ino, file?.ctimeMs, file?.size]);
}
