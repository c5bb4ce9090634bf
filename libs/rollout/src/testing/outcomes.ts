import type { Blame, Outcome } from '@kubefigurator/config-model';

export function applied(method: 'none' | 'runtime' | 'reload', leftOut: readonly Blame[]): Outcome {
  return { kind: 'applied', method, proven: true, reasons: [], leftOut };
}

export function failed(stage: 'stage' | 'reload', message: string): Outcome {
  return { kind: 'failed', stage, blame: [{ sources: [], message }], restored: true };
}
