import type { Claims, ClusterSnapshot, Diagnostic, StandingClaims, TranslatorSettings } from '../index.ts';
import {
  assign,
  build,
  claim,
  isPublished,
  limit,
  mergeDiagnostics,
  NOTHING_STANDS,
  poolNodes,
  read,
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
  const reading = read(snapshot, settings);
  const { specificAddressWins, limits } = settings;
  const limited = limit(reading.intents, { limits, isPublished: (intent) => isPublished(intent, standing) });
  const memories = { standing, namings: reading.namings, specificAddressWins, limits };
  const claims = claim(assign(limited.intents).placed, memories);
  const pools = poolNodes(snapshot.nodes, limited.intents, settings);
  return {
    text: render(build(claims, pools.nodes, settings)),
    claims,
    diagnostics: mergeDiagnostics([
      ...reading.diagnostics,
      ...limited.diagnostics,
      ...claims.diagnostics,
      ...pools.diagnostics,
    ]),
  };
}
