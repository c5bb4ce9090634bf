import { createHash } from 'node:crypto';
import type { EventManifest } from '../event-access.ts';
import type { Announcement } from './announcements.ts';
import type { LiveEvent } from './live-events.ts';

/** Limits of the API, in bytes; it refuses an Event with a longer note or instance. */
const LONGEST_NOTE = 1024;
const LONGEST_INSTANCE = 128;
/** In characters. An Event's name may have 253, as many as its object's, and the digest needs some of them. */
const LONGEST_NAME_PART = 200;

export interface EventContext {
  /** Which producer reports it: its host or Pod. */
  readonly instance: string;
  readonly at: Date;
  /** True if an Event with the same content exists and the new one needs another name; false by default. */
  readonly again?: boolean;
  /** The note if the diagnostic is gone; by default `resolved: ` and its message. */
  readonly resolvedNote?: string;
}

/** The Event for an announcement. The same content on the same object has the same name, so it isn't created twice. */
export function eventManifestOf(announcement: Announcement, context: EventContext): EventManifest {
  const { instance, at, again, resolvedNote } = context;
  const { kind, uid, diagnostic } = announcement;
  const { code, object, port, message } = diagnostic;
  // A Date has milliseconds, and the API wants microseconds.
  const eventTime = at.toISOString().replace('Z', '000Z');
  const content = [uid, kind, code, port, message, ...(again === true ? [eventTime] : [])];
  const place = port === undefined ? '' : `port ${port}: `;
  const isResolved = kind === 'resolved';
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: eventName(object.name, content), namespace: object.namespace ?? 'default' },
    eventTime,
    type: isResolved ? 'Normal' : 'Warning',
    reason: `${camelCase(code)}${isResolved ? 'Resolved' : ''}`,
    action: 'Translate',
    note: cut(
      isResolved ? (resolvedNote ?? `resolved: ${place}${message}`) : `${place}${message}`,
      LONGEST_NOTE,
    ),
    regarding: { apiVersion: 'v1', ...object, uid },
    reportingController: 'kubefigurator.io/producer',
    reportingInstance: cut(instance, LONGEST_INSTANCE) || 'unknown',
  };
}

const LIVE_REASONS = { live: 'Live', 'not-live': 'NotLive' } as const;

/** The Event that says where a Service is live. It has a name of its own each time: each is news. */
export function liveManifestOf(
  { kind, namespace, name, note }: LiveEvent,
  uid: string,
  { instance, at }: Pick<EventContext, 'instance' | 'at'>,
): EventManifest {
  const eventTime = at.toISOString().replace('Z', '000Z');
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: eventName(name, [uid, kind, note, eventTime]), namespace },
    eventTime,
    type: kind === 'live' ? 'Normal' : 'Warning',
    reason: LIVE_REASONS[kind],
    action: 'Translate',
    note: cut(note, LONGEST_NOTE),
    regarding: { apiVersion: 'v1', kind: 'Service', namespace, name, uid },
    reportingController: 'kubefigurator.io/producer',
    reportingInstance: cut(instance, LONGEST_INSTANCE) || 'unknown',
  };
}

function eventName(object: string, content: readonly unknown[]): string {
  const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
  return `${object.slice(0, LONGEST_NAME_PART).replace(/[^a-z0-9]+$/, '')}.${digest}`;
}

function camelCase(code: string): string {
  return code.replace(/(?:^|-)([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

/** The text within `limit` bytes of UTF-8: cut between two characters, with an ellipsis (3 bytes) at its end. */
function cut(text: string, limit: number): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= limit) return text;
  // With `stream` the decoder drops a character that isn't complete.
  const kept = new TextDecoder().decode(bytes.subarray(0, limit - 3), { stream: true });
  return `${kept}…`;
}
