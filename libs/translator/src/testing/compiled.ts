import type { Claims, ClusterSnapshot, Diagnostic, StandingClaims, TranslatorSettings } from '../index.ts';
import {
  assign,
  buildModel,
  claim,
  mergeDiagnostics,
  NOTHING_STANDS,
  poolNodes,
  readWithinLimits,
  render,
} from '../index.ts';

/** The text of a snapshot and its diagnostics, for tests that may not import the producer. */
export interface Compiled {
  readonly text: string;
  readonly claims: Claims;
  readonly diagnostics: readonly Diagnostic[];
}

/** Runs the stages of the producer's `compile`. */
export function compileSnapshot(
  snapshot: ClusterSnapshot,
  settings: TranslatorSettings,
  standing: StandingClaims = NOTHING_STANDS,
): Compiled {
  const asked = readWithinLimits(snapshot, settings, { standing, run: (_stage, work) => work() });
  const claims = claim(assign(asked.intents).placed, asked.memories);
  const pools = poolNodes(snapshot.nodes, asked.intents, settings);
  return {
    text: render(buildModel(claims, pools.nodes, settings)),
    claims,
    diagnostics: mergeDiagnostics([...asked.diagnostics, ...claims.diagnostics, ...pools.diagnostics]),
  };
}
