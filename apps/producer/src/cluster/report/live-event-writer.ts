import { messageOfError } from '@kubefigurator/daemon';
import { liveManifestOf } from './event-manifest.ts';
import type { EventsOptions } from './events.ts';
import type { LiveEvent } from './live-events.ts';

/**
 * Writes Events about what is live, each with one attempt: they are news, and no state that has to arrive. Their number is
 * limited where they are made, so that they take nothing of the budget of those about mistakes.
 */
export function createLiveEventWriter({
  access,
  instance,
  log,
  onResult,
  signal,
}: EventsOptions): (event: LiveEvent) => void {
  let isFailing = false;

  async function create(event: LiveEvent, uid: string): Promise<void> {
    const { namespace, name } = event;
    try {
      await access.create(liveManifestOf(event, uid, { instance, at: new Date() }), signal);
      isFailing = false;
      onResult('created');
    } catch (error) {
      const fields = { reason: messageOfError(error), subject: `Service ${namespace}/${name}` };
      if (isFailing || signal.aborted) log.debug(fields, 'event.failed');
      else log.warn(fields, 'event.failed');
      isFailing = true;
      if (!signal.aborted) onResult('failed');
    }
  }

  return (event) => {
    const { namespace, name } = event;
    const object = { kind: 'Service', namespace, name } as const;
    const uid = access.uidOf(object);
    // The Service was deleted meanwhile.
    if (uid === undefined) return;
    void create(event, uid);
  };
}
