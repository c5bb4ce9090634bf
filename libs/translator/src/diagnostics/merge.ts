import type { Diagnostic } from './diagnostics.ts';
import { sortDiagnostics } from './diagnostics.ts';
import { formatCount } from './lists.ts';

/** Messages of one object, port and code are joined up to these limits; an Event's note has at most 1,024 bytes. */
const MOST_MESSAGES = 3;
const MOST_CHARACTERS = 600;

/** Diagnostics in canonical order, at most one for each object, port and code: the first messages, and how many more. */
export function mergeDiagnostics(diagnostics: Iterable<Diagnostic>): Diagnostic[] {
  const merged: Diagnostic[] = [];
  // Those of one object, port and code are neighbours in canonical order.
  let group: Diagnostic[] = [];
  for (const diagnostic of sortDiagnostics(diagnostics)) {
    const [first] = group;
    if (first !== undefined && !isSameSubject(first, diagnostic)) {
      merged.push(join(first, group));
      group = [];
    }
    group.push(diagnostic);
  }
  const [first] = group;
  return first === undefined ? merged : [...merged, join(first, group)];
}

function isSameSubject(a: Diagnostic, b: Diagnostic): boolean {
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
  const hidden = messages.length - shown;
  const more = hidden > 0 ? [`and ${formatCount(hidden)} more of this kind`] : [];
  return { ...first, message: [...messages.slice(0, shown), ...more].join('; ') };
}
