import type {
  Claims,
  ClusterSnapshot,
  Diagnostic,
  Intent,
  StandingClaims,
  TranslatorSettings,
} from '../index.ts';
import {
  assign,
  build,
  claim,
  isPublished,
  isServedOnPort,
  limit,
  mergeDiagnostics,
  NOTHING_STANDS,
  permit,
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
  const isOnPort = (intent: Intent): boolean => isServedOnPort(intent, standing);
  const permitted = permit(reading.intents, { settings, isOnPort });
  const limited = limit(permitted.intents, {
    limits,
    isPublished: (intent) => isPublished(intent, standing),
  });
  const memories = { standing, namings: reading.namings, specificAddressWins, limits };
  const claims = claim(assign(limited.intents).placed, memories);
  const pools = poolNodes(snapshot.nodes, limited.intents, settings);
  return {
    text: render(build(claims, pools.nodes, settings)),
    claims,
    diagnostics: mergeDiagnostics([
      ...reading.diagnostics,
      ...permitted.diagnostics,
      ...limited.diagnostics,
      ...claims.diagnostics,
      ...pools.diagnostics,
    ]),
  };
}
