import type { Diagnostic } from '@kubefigurator/translator';
import type { FindUid } from '../event-access.ts';

/** One thing to say on one object: that a diagnostic is there, or that it is gone. */
export interface Announcement {
  readonly kind: 'appeared' | 'resolved';
  /** Of the object; an object of the same name that is created later is another one. */
  readonly uid: string;
  readonly diagnostic: Diagnostic;
}

/** The diagnostics of one pass, each with the object it is about. */
export type Standing = ReadonlyMap<string, Omit<Announcement, 'kind'>>;

/** Leaves out diagnostics of objects that are gone already, and a second one of the same content. */
export function standingOf(diagnostics: readonly Diagnostic[], uidOf: FindUid): Standing {
  const standing = new Map<string, Omit<Announcement, 'kind'>>();
  for (const diagnostic of diagnostics) {
    const uid = uidOf(diagnostic.object);
    if (uid === undefined) continue;
    const { code, port, message } = diagnostic;
    standing.set(JSON.stringify([uid, code, port, message]), { uid, diagnostic });
  }
  return standing;
}

/** What stands now and didn't before. */
export function appeared(before: Standing, now: Standing): readonly Announcement[] {
  return [...now].flatMap(([key, one]) => (before.has(key) ? [] : [{ kind: 'appeared', ...one }]));
}

/**
 * What stood before, doesn't stand now, and whose object is still there.
 * A mistake that became another one of the same code and port isn't mended, so nothing is said of the first.
 */
export function resolved(before: Standing, now: Standing, uidOf: FindUid): readonly Announcement[] {
  const places = new Set(appeared(before, now).map(placeOf));
  return [...before].flatMap(([key, one]) =>
    now.has(key) || places.has(placeOf(one)) || uidOf(one.diagnostic.object) !== one.uid
      ? []
      : [{ kind: 'resolved', ...one }],
  );
}

function placeOf({ uid, diagnostic: { code, port } }: Omit<Announcement, 'kind'>): string {
  return JSON.stringify([uid, code, port]);
}
