import { createHash } from 'node:crypto';
import type { Announcement } from '../announcements.ts';

/** Limits of the API, in bytes; a longer one is refused. */
const LONGEST_NOTE = 1024;
const LONGEST_INSTANCE = 128;
/** An object's name may take all that an Event's name may have. */
const LONGEST_NAME_PART = 200;

/** An Event of events.k8s.io/v1 with the fields that the API server asks for. */
export interface EventManifest {
  readonly apiVersion: 'events.k8s.io/v1';
  readonly kind: 'Event';
  readonly metadata: { readonly name: string; readonly namespace: string };
  /** With microseconds, which the API insists on. */
  readonly eventTime: string;
  readonly type: 'Warning' | 'Normal';
  readonly reason: string;
  readonly action: 'Translate';
  readonly note: string;
  readonly regarding: {
    readonly apiVersion: 'v1';
    readonly kind: string;
    readonly namespace?: string;
    readonly name: string;
    /** `kubectl describe` finds an object's Events by it. */
    readonly uid: string;
  };
  readonly reportingController: 'kubefigurator.io/producer';
  readonly reportingInstance: string;
}

export interface EventContext {
  /** Which producer says it: its host or Pod. */
  readonly instance: string;
  readonly at: Date;
  /** Told apart from an earlier Event of the same content. */
  readonly again?: boolean;
}

/** The Event that says it; the same content on the same object has the same name, so that it isn't created twice. */
export function eventOf(announcement: Announcement, { instance, at, again }: EventContext): EventManifest {
  const { kind, uid, diagnostic } = announcement;
  const { code, object, port, message } = diagnostic;
  const eventTime = at.toISOString().replace('Z', '000Z');
  const content = [uid, kind, code, port, message, ...(again === true ? [eventTime] : [])];
  const place = port === undefined ? '' : `port ${port}: `;
  const mended = kind === 'resolved';
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: nameOf(object.name, content), namespace: object.namespace ?? 'default' },
    eventTime,
    type: mended ? 'Normal' : 'Warning',
    reason: `${camelCase(code)}${mended ? 'Resolved' : ''}`,
    action: 'Translate',
    note: cut(`${mended ? 'resolved: ' : ''}${place}${message}`, LONGEST_NOTE),
    regarding: { apiVersion: 'v1', ...object, uid },
    reportingController: 'kubefigurator.io/producer',
    reportingInstance: cut(instance, LONGEST_INSTANCE) || 'unknown',
  };
}

function nameOf(object: string, content: readonly unknown[]): string {
  const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
  return `${object.slice(0, LONGEST_NAME_PART).replace(/[^a-z0-9]+$/, '')}.${digest}`;
}

function camelCase(code: string): string {
  return code.replace(/(?:^|-)([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

/** Ends with an ellipsis where something is missing, and never in the middle of a character. */
function cut(text: string, limit: number): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= limit) return text;
  const kept = new TextDecoder().decode(bytes.subarray(0, limit - 3), { stream: true });
  return `${kept}…`;
}
