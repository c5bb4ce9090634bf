import type { Excess } from '@kubefigurator/haproxy-config';
import type { Claims, ClusterSnapshot, Diagnostic, StandingClaims, TranslatorSettings } from '../index.ts';
import {
  assign,
  buildModel,
  claim,
  fit,
  mergeDiagnostics,
  NO_BACKENDS,
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

/** Runs the stages of the producer's `compile`; by default every text fits. */
export function compileSnapshot(
  snapshot: ClusterSnapshot,
  settings: TranslatorSettings,
  standing: StandingClaims = NOTHING_STANDS,
  excess: (built: { readonly text: string }) => readonly Excess[] = () => [],
): Compiled {
  const asked = readWithinLimits(snapshot, settings, {
    ...{ standing, backends: NO_BACKENDS, run: (_stage, work) => work() },
  });
  const pools = poolNodes(snapshot.nodes, asked.intents, settings);
  const { built, diagnostics } = fit(asked.intents, {
    ...{ standing, published: asked.published, excess, nodes: pools.nodes.length },
    buildText: (intents) => {
      const claims = claim(assign(intents).placed, asked.memories);
      return { claims, text: render(buildModel(claims, pools.nodes, settings)) };
    },
  });
  const { text, claims } = built;
  return {
    ...{ text, claims },
    diagnostics: mergeDiagnostics([
      ...[...asked.diagnostics, ...claims.diagnostics, ...pools.diagnostics, ...diagnostics],
    ]),
  };
}
