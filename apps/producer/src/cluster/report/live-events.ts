import type { RegisteredHost } from '@kubefigurator/etcd-store';
import { judgeLive, type PublishedService } from './live-reports.ts';

/** One Event about a Service that was published. */
export interface LiveEvent {
  readonly kind: 'live' | 'not-live';
  readonly namespace: string;
  readonly name: string;
  readonly note: string;
}

export interface LiveEventsOptions {
  readonly write: (event: LiveEvent) => void;
  /** False while this producer doesn't lead, or the key doesn't hold the text of the newest snapshot. */
  readonly mayReport: () => boolean;
  /** After this time, an Event says on which hosts a Service is not live yet; in milliseconds. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

/** Has an Event written on a Service once what was published of it is live on all hosts that are alive, or is late. */
export interface LiveEvents {
  /** Takes the Services that are new or changed in the text that etcd has confirmed just now. */
  readonly published: (services: readonly PublishedService[]) => void;
  /** Takes the statuses of all hosts. */
  readonly notice: (hosts: readonly RegisteredHost[]) => void;
}

/** The least time between two Events on one Service, which doubles while the Service goes on changing. */
const GAP_MS = 60_000;
const LONGEST_GAP_MS = 960_000;
/** For all Services together; a change of very many at once makes no more Events. */
const MOST_IN_MINUTE = 20;
const MINUTE_MS = 60_000;
/** How often what waits is looked at, besides each status. */
const LOOK_MS = 1_000;
/** So many Services wait at most; further ones get no Event. */
const MOST_WAITING = 200;

interface Waiting {
  readonly service: PublishedService;
  /** By `performance.now()`. */
  readonly publishedAt: number;
  /** The Event to be written, once that is known. */
  readonly event?: LiveEvent;
}

export function createLiveEvents({ write, mayReport, patienceMs, signal }: LiveEventsOptions): LiveEvents {
  let hosts: readonly RegisteredHost[] = [];
  const waiting = new Map<string, Waiting>();
  /** When the last Event of a Service was written, and after which time the next one may be. */
  const written = new Map<string, { readonly at: number; readonly gapMs: number }>();
  let timer: NodeJS.Timeout | undefined;

  function look(): void {
    const now = performance.now();
    const reports = mayReport();
    for (const [key, one] of waiting) {
      const next = reports ? judge(one, now) : unreported(one, now);
      if (next === undefined) waiting.delete(key);
      else waiting.set(key, next);
      if (next?.event !== undefined && reports && mayWrite(key, now)) finish(key, next.event, now);
    }
    if (waiting.size === 0) stopTimer();
  }

  /** What becomes of one that waits; undefined if nothing has to be said any more. */
  function judge(one: Waiting, now: number): Waiting | undefined {
    if (one.event !== undefined) return one;
    const { service, publishedAt } = one;
    const report = judgeLive(hosts, service);
    const age = now - publishedAt;
    // Without a host there is nobody to miss.
    if (report === undefined) return age < patienceMs ? one : undefined;
    const { namespace, name } = service;
    const seconds = (age / 1_000).toFixed(age < 10_000 ? 1 : 0);
    const note = `${report.note}, ${seconds} s after its publication`;
    if (report.state === 'left-out') return undefined;
    if (report.state === 'live') return { ...one, event: { kind: 'live', namespace, name, note } };
    return age < patienceMs ? one : { ...one, event: { kind: 'not-live', namespace, name, note } };
  }

  /** While nothing may be reported, what was late before is too old to be news after it. */
  function unreported(one: Waiting, now: number): Waiting | undefined {
    return now - one.publishedAt < patienceMs ? one : undefined;
  }

  function mayWrite(key: string, now: number): boolean {
    const last = written.get(key);
    return last === undefined || now - last.at >= last.gapMs;
  }

  function finish(key: string, event: LiveEvent, now: number): void {
    waiting.delete(key);
    for (const [other, { at, gapMs }] of written) if (now - at > 2 * gapMs) written.delete(other);
    const inMinute = [...written.values()].filter(({ at }) => now - at < MINUTE_MS).length;
    if (inMinute >= MOST_IN_MINUTE) return;
    // Twice the gap without an Event removed the entry above: the Service has settled.
    const last = written.get(key);
    const gapMs = last === undefined ? GAP_MS : Math.min(2 * last.gapMs, LONGEST_GAP_MS);
    written.set(key, { at: now, gapMs });
    write(event);
  }

  function stopTimer(): void {
    clearInterval(timer);
    timer = undefined;
  }

  signal.addEventListener('abort', stopTimer, { once: true });
  return {
    published: (services) => {
      const publishedAt = performance.now();
      for (const service of services) {
        const key = `${service.namespace}/${service.name}`;
        if (waiting.size >= MOST_WAITING && !waiting.has(key)) continue;
        waiting.set(key, { service, publishedAt });
      }
      if (waiting.size === 0 || signal.aborted) return;
      timer ??= setInterval(look, LOOK_MS).unref();
    },
    notice: (now) => {
      hosts = now;
      if (waiting.size > 0) look();
    },
  };
}
