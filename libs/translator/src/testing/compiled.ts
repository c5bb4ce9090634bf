import type { Excess } from '@kubefigurator/haproxy-config';
import type {
  Claims,
  ClusterSnapshot,
  Diagnostic,
  Intent,
  NodePool,
  StandingClaims,
  TranslatorSettings,
} from '../index.ts';
import {
  assign,
  buildModel,
  claim,
  fit,
  mergeDiagnostics,
  NO_BACKENDS,
  NO_NODES,
  NOTHING_STANDS,
  poolNodes,
  readWithinLimits,
  render,
  withoutMemories,
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
  excess: (built: { readonly text: string }, part: number) => readonly Excess[] = () => [],
): Compiled {
  const asked = readWithinLimits(snapshot, settings, {
    standing,
    backends: NO_BACKENDS,
    run: (_stage, work) => work(),
  });
  const pools = poolNodes(snapshot.nodes, asked.intents, settings);
  const buildText = (
    intents: readonly Intent[],
    nodes: NodePool,
    memories = asked.memories,
  ): { readonly claims: Claims; readonly text: string } => {
    const claims = claim(assign(intents).placed, memories);
    return { claims, text: render(buildModel(claims, nodes, settings)) };
  };
  const { built, diagnostics } = fit(asked.intents, {
    standing: asked.memories.standing,
    published: asked.published,
    excess,
    nodes: pools.nodes,
    standingNodes: NO_NODES,
    namespaceShare: settings.namespaceShare / 100,
    buildText,
    limits: [],
    repeatsRules: true,
    leftOutBefore: undefined,
    guardedNamespaces: new Set(),
    claimAll: (intents) => claim(assign(intents).placed, asked.memories),
    buildAlone: (intents) => buildText(intents, pools.nodes, withoutMemories(asked.memories)),
  });
  const { text, claims } = built;
  return {
    text,
    claims,
    diagnostics: mergeDiagnostics([
      ...asked.diagnostics,
      ...claims.diagnostics,
      ...pools.diagnostics,
      ...diagnostics,
    ]),
  };
}
