import type { Diagnostic } from '@kubefigurator/translator';
import type { FindUid } from '../event-access.ts';

/** What an Event reports about one object: a diagnostic that appeared or was resolved. */
export interface Announcement {
  readonly kind: 'appeared' | 'resolved';
  /** The uid of the object; an object of the same name that is created later has another one. */
  readonly uid: string;
  readonly diagnostic: Diagnostic;
}

/** The diagnostics of one pass with the uids of their objects, by a text made of uid, code, port and message. */
export type DiagnosticsByContent = ReadonlyMap<string, Omit<Announcement, 'kind'>>;

/**
 * The diagnostics by their content, which makes duplicates one. Those without a uid are left out: their object was
 * deleted meanwhile, or it is the Cluster, which is no object of the API.
 */
export function diagnosticsByContent(
  diagnostics: readonly Diagnostic[],
  uidOf: FindUid,
): DiagnosticsByContent {
  const byContent = new Map<string, Omit<Announcement, 'kind'>>();
  for (const diagnostic of diagnostics) {
    const uid = uidOf(diagnostic.object);
    if (uid === undefined) continue;
    const { code, port, message } = diagnostic;
    byContent.set(JSON.stringify([uid, code, port, message]), { uid, diagnostic });
  }
  return byContent;
}

/** The diagnostics of `now` that aren't in `before`. */
export function appearedDiagnostics(
  before: DiagnosticsByContent,
  now: DiagnosticsByContent,
): readonly Announcement[] {
  return [...now].flatMap(([key, one]) => (before.has(key) ? [] : [{ kind: 'appeared', ...one }]));
}

/**
 * The diagnostics of `before` that aren't in `now` and whose object still exists.
 * A diagnostic that was replaced by another one of the same code and port isn't resolved: only its words changed.
 */
export function resolvedDiagnostics(
  before: DiagnosticsByContent,
  now: DiagnosticsByContent,
  uidOf: FindUid,
): readonly Announcement[] {
  const replacedPlaces = new Set(appearedDiagnostics(before, now).map(placeOf));
  const resolved = [...before].filter(([key, one]) => {
    const objectExists = uidOf(one.diagnostic.object) === one.uid;
    return !now.has(key) && !replacedPlaces.has(placeOf(one)) && objectExists;
  });
  return resolved.map(([, one]) => ({ kind: 'resolved', ...one }));
}

function placeOf({ uid, diagnostic: { code, port } }: Omit<Announcement, 'kind'>): string {
  return JSON.stringify([uid, code, port]);
}
