import type { Release } from '@kubefigurator/haproxy-config';
import { restoreRelease } from '../host/release-files.ts';
import type { HostObservation } from './observe.ts';
import type { ExecuteContext } from './pipeline.ts';

/**
 * Puts back what runs; if that isn't known, the last known good release, or else the text that the file had before.
 * Gives the text that was put back; undefined if it can't be written, or if there is none.
 */
export async function putBack(
  { good, onDisk, running }: HostObservation,
  { host, log }: ExecuteContext,
): Promise<string | undefined> {
  const text = running?.text ?? good?.release.text ?? onDisk;
  if (text === undefined) return undefined;
  const files = (text === running?.text ? running.files : undefined) ?? filesOfGood(good, text);
  try {
    await host.state.noteInstalled(await restoreRelease(host.live, { text, files }), text);
    return text;
  } catch (err) {
    log.error({ err, file: host.live.path }, 'restore.failed');
    return undefined;
  }
}

function filesOfGood(good: HostObservation['good'], text: string): Release['files'] {
  return good?.release.text === text ? good.release.files : [];
}
