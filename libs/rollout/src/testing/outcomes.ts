import type { Blame, Outcome } from '@kubefigurator/config-model';
import type { Answer } from '../decision.ts';

export function applied(method: 'none' | 'runtime' | 'reload', leftOut: readonly Blame[]): Outcome {
  return { kind: 'applied', method, proven: true, reasons: [], leftOut };
}

export function failed(stage: 'stage' | 'reload', message: string): Outcome {
  return { kind: 'failed', stage, blame: [{ sources: [], message }], restored: true };
}

/** A text stays rejected, and the answer says what became of its servers. */
export function servingAhead(outcome: Extract<Outcome, { kind: 'rejected' }>, changed: Answer): Answer {
  return changed.kind === 'done' ? { ...changed, outcome: { ...outcome, serversChanged: true } } : changed;
}

/** A check that was ended at its limit of time. */
export function exhausted(): Answer {
  return {
    kind: 'refused',
    stage: 'check',
    isExhausted: true,
    blame: [{ sources: [], message: "didn't end" }],
  };
}
