import {
  assign,
  build,
  claim,
  NOTHING_STANDS,
  poolNodes,
  read,
  render,
  sortDiagnostics,
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
  readonly run?: RunStage;
}

/** From a snapshot and the standing claims to the config text: read → assign → claim → build → render, each stage a pure function. */
export function compile(
  snapshot: ClusterSnapshot,
  settings: TranslatorSettings,
  { standing = NOTHING_STANDS, run = (_stage, work) => work() }: CompileOptions = {},
): Compilation {
  const reading = run('read', () => read(snapshot, settings));
  const pools = run('pool', () => poolNodes(snapshot.nodes, reading.intents, settings));
  const { placed, assignments } = run('assign', () => assign(reading.intents));
  const { specificAddressWins } = settings;
  const memories = { standing, namings: reading.namings, specificAddressWins };
  const claims = run('claim', () => claim(placed, memories));
  const model = run('build', () => build(claims, pools.nodes, settings));
  const text = run('render', () => render(model));
  const diagnostics = sortDiagnostics([...reading.diagnostics, ...pools.diagnostics, ...claims.diagnostics]);
  return {
    text,
    diagnostics,
    assignments,
    statuses: wantedStatuses(claims),
    summary: summarize(snapshot, model, diagnostics),
  };
}
