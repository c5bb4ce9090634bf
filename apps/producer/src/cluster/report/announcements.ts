import type { Diagnostic } from '@kubefigurator/translator';
import type { FindUid } from '../event-access.ts';

/** What an Event reports about one object: a diagnostic that appeared or was resolved. */
export interface Announcement {
  readonly kind: 'appeared' | 'resolved';
  /** The uid of the object; an object of the same name that is created later has another one. */
  readonly uid: string;
  readonly diagnostic: Diagnostic;
}

/** The diagnostics of one pass with the uids of their objects, by uid and content. */
export type DiagnosticsByContent = ReadonlyMap<string, Omit<Announcement, 'kind'>>;

/** Leaves out diagnostics of a Cluster, which is no object, of objects that were deleted meanwhile, and duplicates. */
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

/** The diagnostics that are new in this pass. */
export function appearedDiagnostics(
  before: DiagnosticsByContent,
  now: DiagnosticsByContent,
): readonly Announcement[] {
  return [...now].flatMap(([key, one]) => (before.has(key) ? [] : [{ kind: 'appeared', ...one }]));
}

/**
 * The diagnostics that are gone in this pass and whose object still exists.
 * If another diagnostic of the same code and port came in place of one, nothing was corrected, so it isn't resolved.
 */
export function resolvedDiagnostics(
  before: DiagnosticsByContent,
  now: DiagnosticsByContent,
  uidOf: FindUid,
): readonly Announcement[] {
  const places = new Set(appearedDiagnostics(before, now).map(placeOf));
  return [...before].flatMap(([key, one]) =>
    now.has(key) || places.has(placeOf(one)) || uidOf(one.diagnostic.object) !== one.uid
      ? []
      : [{ kind: 'resolved', ...one }],
  );
}

function placeOf({ uid, diagnostic: { code, port } }: Omit<Announcement, 'kind'>): string {
  return JSON.stringify([uid, code, port]);
}
