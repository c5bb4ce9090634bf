import {
  addGuardedClaims,
  assign,
  buildModel,
  claim,
  type Claims,
  fit,
  type Guarded,
  type Intent,
  type Inventory,
  inventoryOfModel,
  mergeDiagnostics,
  type Naming,
  nameGuarded,
  guardedOfNamespace,
  type LeftOutServices,
  NOTHING_GUARDED,
  NOTHING_STANDS,
  poolNodes,
  readWithinLimits,
  type RunStage,
  type ProxyModel,
  render,
  summarizeTranslation,
  type AddressAssignment,
  type ClusterSnapshot,
  type Diagnostic,
  NO_BACKENDS,
  type Memories,
  NO_NODES,
  type NodePool,
  type StandingBackends,
  type StandingClaims,
  type StandingNodes,
  type Summary,
  type TranslatorSettings,
  type WantedStatus,
  wantedStatuses,
  withoutMemories,
} from '@kubefigurator/translator';
import type { Excess, TextLimit } from '@kubefigurator/haproxy-config';

/** The result for one snapshot. */
export interface Compilation {
  /** The config text; never blank, since its first line is the header. */
  readonly text: string;
  /** In canonical order. */
  readonly diagnostics: readonly Diagnostic[];
  /** Addresses that pools gave out. No address pool can be configured yet, so there are none, and nothing reads them. */
  readonly assignments: readonly AddressAssignment[];
  /** The binds on which each source is served. Nothing reads them yet: they are what a Service's status will say. */
  readonly statuses: readonly WantedStatus[];
  readonly summary: Summary;
  /** The limits that the text exceeds even without all that may be left out; with one it must not be published. */
  readonly excesses: readonly Excess[];
  /** What was left out of it, for the next compilation. */
  readonly leftOut: LeftOutServices;
  /** What clients can reach by the text. */
  readonly inventory: () => Inventory;
  /** What the text was made of, for `explain`. */
  readonly parts: CompilationParts;
}

/** What the stages of one compilation gave. */
export interface CompilationParts {
  /** What Services ask for and may have, also what lost its bind or got no room. */
  readonly intents: readonly Intent[];
  /** What each port of an enabled Service names, also if it can't be served. */
  readonly namings: readonly Naming[];
  readonly claims: Claims;
  readonly model: ProxyModel;
}

export interface CompileOptions {
  /** What the last published text gives to whom; without it age alone decides. */
  readonly standing?: StandingClaims;
  /** The backends of that text. */
  readonly backends?: StandingBackends;
  /** The Nodes that are servers in that text. */
  readonly standingNodes?: StandingNodes;
  /**
   * The limits that a text exceeds if it may use a part of each, 1 for all; with 1, none means that it may be published.
   * What isn't published yet is left out until it fits. Without this function every text fits.
   */
  readonly excess?: (built: { readonly text: string }, part: number) => readonly Excess[];
  /** The limits of a text as a whole that are estimated before it is written. */
  readonly limits?: readonly TextLimit[];
  /** Diagnostics of the snapshot from before the first stage. */
  readonly noticed?: readonly Diagnostic[];
  readonly run?: RunStage;
  /** What the compilation before left out: the search for what doesn't fit begins there. */
  readonly leftOutBefore?: LeftOutServices | undefined;
  /** What a guard holds of that text; it is published whether somebody asks for it or not. */
  readonly guarded?: Guarded;
}

interface Built {
  readonly text: string;
  readonly assignments: readonly AddressAssignment[];
  readonly claims: Claims;
  readonly model: ProxyModel;
}

/** What decides who gets what, and what a guard holds of it. */
interface Circumstances {
  readonly memories: Memories;
  readonly guarded: Guarded;
}

interface Claimed extends Pick<Built, 'claims' | 'assignments'> {
  readonly heldServers: Guarded['servers'];
}

/**
 * From a snapshot and the standing claims to the config text: read → permit → limit → pool (find the nodes that take
 * traffic), then assign → claim → build → render, again with fewer intents if the text doesn't fit. Each stage is a
 * pure function.
 */
export function compile(
  snapshot: ClusterSnapshot,
  settings: TranslatorSettings,
  {
    standing = NOTHING_STANDS,
    backends = NO_BACKENDS,
    standingNodes = NO_NODES,
    excess = () => [],
    limits = [],
    noticed = [],
    run = (_stage, work) => work(),
    guarded = NOTHING_GUARDED,
    leftOutBefore,
  }: CompileOptions = {},
): Compilation {
  const asked = readWithinLimits(snapshot, settings, { standing, backends, run });
  const circumstances: Circumstances = { memories: nameGuarded(asked.memories, guarded), guarded };
  const forgetful = withoutMemories(asked.memories);
  const pools = run('pool', () => poolNodes(snapshot.nodes, asked.intents, settings));

  /** Of the same intents, so that the text is made of the claims from which its size was estimated. */
  let last: { readonly intents: readonly Intent[]; readonly claimed: Claimed } | undefined;

  function claimAll(intents: readonly Intent[]): Claimed {
    if (last?.intents !== intents) last = { intents, claimed: claimWith(intents, circumstances) };
    return last.claimed;
  }

  function claimWith(intents: readonly Intent[], { memories, guarded: held }: Circumstances): Claimed {
    const { placed, assignments } = run('assign', () => assign(intents));
    const claims = run('claim', () => addGuardedClaims(claim(placed, memories), held, memories));
    return { assignments, claims, heldServers: held.servers };
  }

  function buildText(intents: readonly Intent[], nodes: NodePool, claimed = claimAll(intents)): Built {
    const { claims, assignments, heldServers } = claimed;
    const model = run('build', () => buildModel(claims, nodes, settings, heldServers));
    const text = run('render', () => render(model));
    return { text, assignments, claims, model };
  }

  /** All of these intents are of one namespace. */
  function buildAlone(intents: readonly Intent[]): Built {
    const held = guardedOfNamespace(guarded, intents[0]?.source.namespace ?? '');
    const alone = { memories: nameGuarded(forgetful, held), guarded: held };
    return buildText(intents, pools.nodes, claimWith(intents, alone));
  }

  const fitted = fit(asked.intents, {
    standing: asked.memories.standing,
    published: asked.published,
    nodes: pools.nodes,
    standingNodes,
    excess,
    namespaceShare: settings.namespaceShare / 100,
    limits,
    repeatsRules: !settings.specificAddressWins,
    claimAll: (intents) => claimAll(intents).claims,
    buildText,
    leftOutBefore,
    guardedNamespaces: new Set(guarded.claims.map(({ source }) => source.namespace)),
    buildAlone,
  });
  const { text, assignments, claims, model } = fitted.built;
  const diagnostics = mergeDiagnostics([
    ...[...noticed, ...asked.diagnostics, ...pools.diagnostics, ...claims.diagnostics, ...fitted.diagnostics],
  ]);
  return {
    text,
    diagnostics,
    assignments,
    statuses: wantedStatuses(claims),
    summary: summarizeTranslation(snapshot, model, diagnostics),
    excesses: fitted.excesses,
    leftOut: fitted.leftOut,
    inventory: () => inventoryOfModel(model),
    parts: { intents: asked.intents, namings: asked.namings, claims, model },
  };
}
