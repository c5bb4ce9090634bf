import {
  assign,
  build,
  claim,
  type Claims,
  fit,
  type Intent,
  isPublished,
  isServedOnPort,
  limit,
  mergeDiagnostics,
  NOTHING_STANDS,
  permit,
  poolNodes,
  read,
  type ProxyModel,
  render,
  summarize,
  type AddressAssignment,
  type ClusterSnapshot,
  type Diagnostic,
  type StandingClaims,
  type Summary,
  type TranslatorSettings,
  type WantedStatus,
  wantedStatuses,
} from '@kubefigurator/translator';

/** The result for one snapshot. */
export interface Compilation {
  /** The config text; never blank, since its first line is the header. */
  readonly text: string;
  /** In canonical order. */
  readonly diagnostics: readonly Diagnostic[];
  /** Addresses that pools gave out. */
  readonly assignments: readonly AddressAssignment[];
  /** The binds on which each source is served. */
  readonly statuses: readonly WantedStatus[];
  readonly summary: Summary;
}

/** Runs one stage of a pass, and may measure its duration. */
export type RunStage = <T>(stage: string, work: () => T) => T;

export interface CompileOptions {
  /** What the last published text gives to whom; without it age alone decides. */
  readonly standing?: StandingClaims;
  /**
   * How many times larger a text is than may be published, at most 1 if it may; the largest Services among those that
   * aren't published yet are left out until it fits. Without it every text fits.
   */
  readonly excess?: (sized: SizedText) => number;
  readonly run?: RunStage;
}

/** A text and what is counted in it. */
export interface SizedText {
  readonly text: string;
  readonly sections: number;
  readonly servers: number;
}

interface Built extends SizedText {
  readonly assignments: readonly AddressAssignment[];
  readonly claims: Claims;
  readonly model: ProxyModel;
}

/** From a snapshot and the standing claims to the config text: read → permit → limit → assign → claim → build → render → fit, each stage a pure function. */
export function compile(
  snapshot: ClusterSnapshot,
  settings: TranslatorSettings,
  { standing = NOTHING_STANDS, excess = () => 0, run = (_stage, work) => work() }: CompileOptions = {},
): Compilation {
  const reading = run('read', () => read(snapshot, settings));
  const { limits, specificAddressWins } = settings;
  const published = (intent: Intent): boolean => isPublished(intent, standing);
  const isOnPort = (intent: Intent): boolean => isServedOnPort(intent, standing);
  const permitted = run('permit', () => permit(reading.intents, { settings, isOnPort }));
  const limited = run('limit', () => limit(permitted.intents, { limits, isPublished: published }));
  const pools = run('pool', () => poolNodes(snapshot.nodes, limited.intents, settings));
  const memories = { standing, namings: reading.namings, specificAddressWins, limits };

  function buildFrom(intents: readonly Intent[]): Built {
    const { placed, assignments } = run('assign', () => assign(intents));
    const claims = run('claim', () => claim(placed, memories));
    const model = run('build', () => build(claims, pools.nodes, settings));
    const text = run('render', () => render(model));
    const servers = model.backends.reduce((sum, backend) => sum + backend.servers.length, 0);
    return {
      ...{ text, assignments, claims, model, servers },
      sections: model.frontends.length + model.backends.length,
    };
  }

  const { built, diagnostics: leftOut } = fit(limited.intents, {
    ...{ standing, build: buildFrom, excess },
    nodes: pools.nodes.length,
  });
  const { text, assignments, claims, model } = built;
  const diagnostics = mergeDiagnostics([
    ...[...reading.diagnostics, ...permitted.diagnostics, ...limited.diagnostics, ...pools.diagnostics],
    ...[...claims.diagnostics, ...leftOut],
  ]);
  return {
    text,
    diagnostics,
    assignments,
    statuses: wantedStatuses(claims),
    summary: summarize(snapshot, model, diagnostics),
  };
}
