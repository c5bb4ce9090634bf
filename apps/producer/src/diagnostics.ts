import type { EventFields, Logger } from '@kubefigurator/daemon';
import { type Diagnostic, subjectOfDiagnostic } from '@kubefigurator/translator';

/** Diagnostics for people, one a line, or as one JSON array. */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], form: 'text' | 'json'): string {
  if (form === 'json') return `${JSON.stringify(diagnostics, undefined, 2)}\n`;
  return diagnostics
    .map((one) => `${one.severity}: ${subjectOfDiagnostic(one)}: ${one.message} [${one.code}]\n`)
    .join('');
}

/** Lines for one namespace, event name and pass: somebody who changes thousands of wrong ports must not fill the log. */
const MOST_LINES = 50;

/** Logs each diagnostic when it appears and when it is resolved, and not in each pass. */
export interface DiagnosticsLog {
  readonly report: (diagnostics: readonly Diagnostic[]) => void;
}

export function createDiagnosticsLog(log: Logger): DiagnosticsLog {
  let known = new Map<string, Diagnostic>();
  return {
    report: (diagnostics) => {
      const current = new Map(diagnostics.map((one) => [keyOf(one), one]));
      const appeared = firstOf(missingIn(known, current));
      const resolved = firstOf(missingIn(current, known));
      for (const one of appeared.named) log.warn(fieldsOf(one), 'diagnostic.appeared');
      for (const one of resolved.named) log.warn(fieldsOf(one), 'diagnostic.resolved');
      const skipped = [
        ...[...appeared.skipped].map((each) => ['diagnostic.appeared', ...each] as const),
        ...[...resolved.skipped].map((each) => ['diagnostic.resolved', ...each] as const),
      ];
      for (const [what, namespace, count] of skipped)
        log.warn({ namespace, what, count }, 'diagnostic.skipped');
      known = current;
    },
  };
}

type Known = ReadonlyMap<string, Diagnostic>;

/** The diagnostics in `some` whose key isn't in `others`. */
function missingIn(others: Known, some: Known): readonly Diagnostic[] {
  return [...some].flatMap(([key, one]) => (others.has(key) ? [] : [one]));
}

interface First {
  readonly named: readonly Diagnostic[];
  /** How many more there are, by namespace; undefined stands for objects without one, such as Nodes. */
  readonly skipped: ReadonlyMap<string | undefined, number>;
}

/** Names the first `MOST_LINES` of each namespace. */
function firstOf(diagnostics: readonly Diagnostic[]): First {
  const named: Diagnostic[] = [];
  const skipped = new Map<string | undefined, number>();
  const counts = new Map<string | undefined, number>();
  for (const one of diagnostics) {
    const { namespace } = one.object;
    const count = (counts.get(namespace) ?? 0) + 1;
    counts.set(namespace, count);
    if (count <= MOST_LINES) named.push(one);
    else skipped.set(namespace, count - MOST_LINES);
  }
  return { named, skipped };
}

function keyOf({ code, object, port, message }: Diagnostic): string {
  return JSON.stringify([code, object.kind, object.namespace, object.name, port, message]);
}

function fieldsOf(one: Diagnostic): EventFields<'diagnostic.appeared' | 'diagnostic.resolved'> {
  return { code: one.code, severity: one.severity, subject: subjectOfDiagnostic(one), detail: one.message };
}
