import type { Diagnostic } from './diagnostics.ts';
import { sortDiagnostics } from './diagnostics.ts';
import { formatCount } from './lists.ts';

/** Messages of one object, port and code are joined up to these limits; an Event's note has at most 1,024 bytes. */
const MOST_MESSAGES = 3;
const MOST_CHARACTERS = 600;

/** Diagnostics in canonical order, at most one for each object, port and code: the first messages, and how many more. */
export function mergeDiagnostics(diagnostics: Iterable<Diagnostic>): Diagnostic[] {
  const merged: Diagnostic[] = [];
  let place: Diagnostic[] = [];
  for (const one of sortDiagnostics(diagnostics)) {
    const [first] = place;
    if (first !== undefined && !isSamePlace(first, one)) {
      merged.push(join(first, place));
      place = [];
    }
    place.push(one);
  }
  const [first] = place;
  return first === undefined ? merged : [...merged, join(first, place)];
}

function isSamePlace(a: Diagnostic, b: Diagnostic): boolean {
  return (
    a.code === b.code &&
    a.port === b.port &&
    a.object.name === b.object.name &&
    a.object.namespace === b.object.namespace &&
    a.object.kind === b.object.kind
  );
}

function join(first: Diagnostic, all: readonly Diagnostic[]): Diagnostic {
  if (all.length === 1) return first;
  const messages = [...new Set(all.map(({ message }) => message))];
  let shown = 1;
  let length = first.message.length;
  for (const message of messages.slice(1, MOST_MESSAGES)) {
    length += message.length;
    if (length > MOST_CHARACTERS) break;
    shown += 1;
  }
  const left = messages.length - shown;
  const more = left > 0 ? [`and ${formatCount(left)} more of this kind`] : [];
  return { ...first, message: [...messages.slice(0, shown), ...more].join('; ') };
}
