import type { Logger } from '@kubefigurator/daemon';
import { type EtcdSettings, openHostReader } from '@kubefigurator/etcd-store';
import { createEvents, type EventsOptions } from '../cluster/report/events.ts';
import { createHostEvents } from '../cluster/report/host-events.ts';
import { createLiveEventWriter } from '../cluster/report/live-event-writer.ts';
import { createLiveEvents } from '../cluster/report/live-events.ts';
import { changedServicesIn } from '../publish/changed-services.ts';
import type { Confirmed } from '../publish/history/history-writer.ts';

export interface WatchHostsOptions {
  readonly settings: EtcdSettings;
  readonly eventsOptions: EventsOptions;
  /** False while this producer doesn't lead, or the key doesn't hold the text of the newest snapshot. */
  readonly mayReport: () => boolean;
  /** As in `LiveEventsOptions`. */
  readonly patienceMs: number;
  readonly log: Logger;
}

/** Follows the statuses of the hosts, and has Events written on Services about where they are live and what hosts leave out. */
export function watchHosts({ settings, eventsOptions, mayReport, patienceMs, log }: WatchHostsOptions): {
  /** Takes a text that etcd has confirmed. */
  readonly published: (confirmed: Confirmed) => void;
  /** Settles after the signal. */
  readonly done: Promise<void>;
  /** Creates the Events about what is left out now again, unless they exist already. */
  readonly repeat: () => void;
  readonly close: () => void;
} {
  const { signal } = eventsOptions;
  const reader = openHostReader(settings, { log });
  // `resolvedNote` is called only for an Event, which `hostEvents` reports: it exists by then.
  const events = createEvents({ ...eventsOptions, resolvedNote: (one) => hostEvents.liveOn(one) });
  const hostEvents = createHostEvents({ events, mayReport, signal });
  const liveEvents = createLiveEvents({
    write: createLiveEventWriter(eventsOptions),
    ...{ mayReport, patienceMs, signal },
  });
  let before: Confirmed | undefined;

  /** What the first text of this producer changed isn't known. */
  function published(confirmed: Confirmed): void {
    const { revision, text, snapshot } = confirmed;
    const last = before;
    before = confirmed;
    if (last?.snapshot === undefined || snapshot === undefined || last.revision === revision) return;
    const changed = changedServicesIn(text, last.snapshot, snapshot);
    liveEvents.published(changed.map((service) => ({ ...service, revision })));
  }

  const done = reader.follow({
    signal,
    onHosts: (hosts) => {
      hostEvents.notice(hosts);
      liveEvents.notice(hosts);
    },
  });
  return { published, done, repeat: events.repeat, close: reader.close };
}
