import type { EventFields, Logger } from '@kubefigurator/daemon';
import { type Diagnostic, subjectOf } from '@kubefigurator/translator';

/** Diagnostics for people, one a line, or as one JSON array. */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], form: 'text' | 'json'): string {
  if (form === 'json') return `${JSON.stringify(diagnostics, undefined, 2)}\n`;
  return diagnostics
    .map((one) => `${one.severity}: ${subjectOf(one)}: ${one.message} [${one.code}]\n`)
    .join('');
}

/** Logs each diagnostic when it appears and when it is resolved, and not in each pass. */
export interface DiagnosticsLog {
  readonly report: (diagnostics: readonly Diagnostic[]) => void;
}

export function createDiagnosticsLog(log: Logger): DiagnosticsLog {
  let known = new Map<string, Diagnostic>();
  return {
    report: (diagnostics) => {
      const current = new Map(diagnostics.map((one) => [keyOf(one), one]));
      for (const [key, one] of current) if (!known.has(key)) log.warn(fieldsOf(one), 'diagnostic.appeared');
      for (const [key, one] of known) if (!current.has(key)) log.warn(fieldsOf(one), 'diagnostic.resolved');
      known = current;
    },
  };
}

function keyOf({ code, object, port, message }: Diagnostic): string {
  return JSON.stringify([code, object.kind, object.namespace, object.name, port, message]);
}

function fieldsOf(one: Diagnostic): EventFields<'diagnostic.appeared' | 'diagnostic.resolved'> {
  return { code: one.code, severity: one.severity, subject: subjectOf(one), detail: one.message };
}
