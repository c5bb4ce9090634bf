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
  /** What was left out of the text, for the next compilation. */
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
  /** The backends of the last published text. */
  readonly backends?: StandingBackends;
  /** The Nodes that are servers in the last published text. */
  readonly standingNodes?: StandingNodes;
  /**
   * The limits that a text exceeds if it may use `part` (0 to 1) of each; it may be published if none is exceeded with 1.
   * What isn't published yet is left out until the text fits. Without this function every text fits.
   */
  readonly excess?: (built: { readonly text: string }, part: number) => readonly Excess[];
  /** The limits of a text as a whole that are estimated before it is written. */
  readonly limits?: readonly TextLimit[];
  /** Diagnostics of the snapshot from before the first stage. */
  readonly noticed?: readonly Diagnostic[];
  /** Runs each stage, for example to measure it. */
  readonly run?: RunStage;
  /** What the compilation before left out: the search for what doesn't fit begins there. */
  readonly leftOutBefore?: LeftOutServices | undefined;
  /** What a guard holds of the last published text; it is published whether somebody asks for it or not. */
  readonly guarded?: Guarded;
}

interface Built {
  readonly text: string;
  readonly assignments: readonly AddressAssignment[];
  readonly claims: Claims;
  readonly model: ProxyModel;
}

/** What decides, beside the intents, who gets a bind or a host: the standing text, and what a guard holds of it. */
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

  /** Kept since `fit` estimates a text from the claims, and then has it built from the claims of the same intents. */
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

  /** Builds the text of one namespace's intents alone, as if nothing stood published. */
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
