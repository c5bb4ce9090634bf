import { certificateEvents } from './certificates.ts';
import { clusterEvents } from './cluster.ts';
import { commonEvents } from './common.ts';
import { consumerEvents } from './consumer.ts';
import { etcdEvents } from './etcd.ts';
import { guardEvents } from './guards.ts';
import { policyEvents } from './policy.ts';
import { producerEvents } from './producer.ts';
import { whosePathEvents } from './whose-path.ts';

/** The one table of log events of both programs: a log call takes no other event and no other field. */
export const EVENTS = {
  ...commonEvents,
  ...etcdEvents,
  ...producerEvents,
  ...clusterEvents,
  ...whosePathEvents,
  ...consumerEvents,
  ...certificateEvents,
  ...guardEvents,
  ...policyEvents,
} as const;

export type EventName = keyof typeof EVENTS;
/** The fields of an event; of several events, those of any of them. */
export type EventField<Event extends EventName> = Event extends EventName
  ? keyof (typeof EVENTS)[Event]['fields']
  : never;
/** Any of the fields of an event. */
export type EventFields<Event extends EventName> = { readonly [Name in EventField<Event>]?: unknown };
