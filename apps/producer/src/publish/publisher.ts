import { createHash } from 'node:crypto';
import { delay, type Logger, OperatorError } from '@kubefigurator/daemon';
import type { ConfigStore, Reading } from '@kubefigurator/etcd-store';

/** What became of a text. */
export interface Publication {
  readonly kind: 'published' | 'unchanged';
  /** etcd's revision of the text. */
  readonly revision: string;
  readonly bytes: number;
}

/** Keeps the key equal to our text. */
export interface Publisher {
  /** Publishes the text unless the key holds it; throws an OperatorError when etcd doesn't take it. */
  readonly publish: (text: string) => Promise<Publication>;
  /** Takes note of the key; true when somebody else wrote or deleted it after us, so that our text has to go back. */
  readonly notice: (reading: Reading) => boolean;
  /** Looks at the key again before the next publication. */
  readonly forget: () => void;
}

export interface PublisherOptions {
  readonly store: ConfigStore;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly onConflict?: () => void;
}

const MOST_CONFLICTS = 5;
const REMEMBERED_REVISIONS = 64;
/** Two writers that undo each other must not reload the fleet all the time: the sixth time within a minute waits. */
const FREE_OVERWRITES = 5;
const OVERWRITES_WINDOW_MS = 60_000;
const LONGEST_WAIT_MS = 10_000;

export function createPublisher({ store, log, signal, onConflict }: PublisherOptions): Publisher {
  let seen: Reading | undefined;
  /** The text that the key should hold by our word. */
  let ours: string | undefined;
  /** Our revisions with the digest of their text; a restored etcd can give a number out again. */
  const written = new Map<string, string>();
  let overwrites: number[] = [];
  /** Counts what was noticed, to tell whether something came in while we wrote. */
  let noticed = 0;

  function remember(revision: string, text: string): void {
    written.set(revision, digest(text));
    for (const [oldest] of written) {
      if (written.size <= REMEMBERED_REVISIONS) return;
      written.delete(oldest);
    }
  }

  function isOurs(reading: Reading): boolean {
    if (reading.kind !== 'published') return false;
    const { revision, text } = reading.published;
    return text === ours || written.get(revision) === digest(text);
  }

  function notice(reading: Reading): boolean {
    noticed += 1;
    const holdsOurs = reading.kind === 'published' && reading.published.text === ours;
    // An older text of ours is either late news or an etcd restored from a backup: only another look can tell.
    seen = isOurs(reading) && !holdsOurs ? undefined : reading;
    return ours !== undefined && !holdsOurs;
  }

  async function publish(text: string): Promise<Publication> {
    seen ??= await store.read();
    if (ours !== undefined && !isOurs(seen)) await restrain(seen);
    ours = text;
    for (let attempt = 0, base = seen; attempt < MOST_CONFLICTS; attempt += 1) {
      const before = noticed;
      const result = await store.publish(text, base);
      if (result.kind !== 'conflict') {
        const publication =
          result.kind === 'published' ? published(text, result) : await unchanged(text, base);
        if (noticed !== before) seen = undefined;
        return publication;
      }
      base = seen = result.current;
      onConflict?.();
      if (!isOurs(seen)) log.warn({ key: store.key, holds: describe(seen) }, 'publication.overtaken');
    }
    seen = undefined;
    throw new OperatorError(`somebody else keeps writing ${store.key}`, {
      hint: 'only one producer may run for a path',
    });
  }

  /** Told, and slowed down when it happens again and again. */
  async function restrain(foreign: Reading): Promise<void> {
    const now = performance.now();
    overwrites = [...overwrites.filter((at) => now - at < OVERWRITES_WINDOW_MS), now];
    const excess = overwrites.length - FREE_OVERWRITES;
    const waitMs = excess <= 0 ? 0 : Math.min(LONGEST_WAIT_MS, 250 * 2 ** excess);
    log.warn({ key: store.key, holds: describe(foreign), waitMs }, 'publication.overwrites-foreign');
    if (waitMs > 0) await delay(waitMs, signal);
  }

  function published(
    text: string,
    result: { readonly revision: string; readonly bytes: number },
  ): Publication {
    remember(result.revision, text);
    seen = { kind: 'published', published: { revision: result.revision, text, bytes: result.bytes } };
    return { kind: 'published', revision: result.revision, bytes: result.bytes };
  }

  async function unchanged(text: string, base: Reading): Promise<Publication> {
    const current = holds(base, text) ? base : await store.read();
    seen = current;
    if (!holds(current, text)) throw new OperatorError(`${store.key} changes while it is published`);
    const { revision, bytes } = current.published;
    remember(revision, text);
    return { kind: 'unchanged', revision, bytes };
  }

  return { publish, notice, forget: () => void (seen = undefined) };
}

function holds(reading: Reading, text: string): reading is Extract<Reading, { kind: 'published' }> {
  return reading.kind === 'published' && reading.published.text === text;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

function describe(reading: Reading): string {
  switch (reading.kind) {
    case 'published':
      return `a text of somebody else at revision ${reading.published.revision}`;
    case 'missing':
      return 'nothing';
    case 'unreadable':
      return `a value that isn't text at revision ${reading.revision} (${reading.reason})`;
  }
}
