import type { Logger } from '@kubefigurator/daemon';
import { type EtcdSettings, openHostReader } from '@kubefigurator/etcd-store';
import type { EventBudget } from '../cluster/report/event-budget.ts';
import { createEvents, type EventsOptions } from '../cluster/report/events.ts';
import { createHostEvents } from '../cluster/report/host-events.ts';

export interface WatchHostsOptions {
  readonly settings: EtcdSettings;
  readonly eventsOptions: EventsOptions & { readonly budget: EventBudget };
  /** False while this producer doesn't lead, or the key doesn't hold the text of the newest snapshot. */
  readonly mayReport: () => boolean;
  readonly log: Logger;
}

/** Follows the statuses of the hosts, and has Events written on Services about what hosts leave out. */
export function watchHosts({ settings, eventsOptions, mayReport, log }: WatchHostsOptions): {
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
  const done = reader.follow({ signal, onHosts: hostEvents.notice });
  return { done, repeat: events.repeat, close: reader.close };
}
