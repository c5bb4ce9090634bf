import type { Claims, ClusterSnapshot, Diagnostic, StandingClaims, TranslatorSettings } from '../index.ts';
import { assign, build, claim, NOTHING_STANDS, poolNodes, read, render, sortDiagnostics } from '../index.ts';

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
  const reading = read(snapshot, settings);
  const { specificAddressWins } = settings;
  const memories = { standing, namings: reading.namings, specificAddressWins };
  const claims = claim(assign(reading.intents).placed, memories);
  const pools = poolNodes(snapshot.nodes, reading.intents, settings);
  return {
    text: render(build(claims, pools.nodes, settings)),
    claims,
    diagnostics: sortDiagnostics([...reading.diagnostics, ...claims.diagnostics, ...pools.diagnostics]),
  };
}
