import type { DriftFinding, DriftKind, Outcome } from '@kubefigurator/config-model';
import { blameOfOutcome } from '@kubefigurator/config-model';
import { createAlarm, type Logger } from '@kubefigurator/daemon';
import type {
  CertificateState,
  CertificateTrouble,
  Decision,
  DriftNews,
  Trigger,
} from '@kubefigurator/rollout';
import type { Contradiction } from '../host/base-files.ts';
import type { Host } from '../host/host.ts';
import type { ConsumerMetrics } from '../metrics.ts';
import type { DatedNews } from '../status/compose.ts';
import { dateNews } from '../status/compose.ts';
import { describeOutcome, isHostServing } from '../status/describe.ts';
import { createReporter } from '../status/report.ts';

/** One finished pass, for its report. */
export interface PassNews {
  readonly decision: Decision;
  readonly outcome: Outcome | undefined;
  readonly repair: Outcome | undefined;
  readonly revision: string | undefined;
  readonly durationMs: number;
  readonly triggers: ReadonlySet<Trigger>;
}

/** Turns the results of passes into log lines, metrics and the outcome in the status. */
export interface PassReporter {
  readonly report: (pass: PassNews) => void;
  readonly drift: (news: DriftNews) => void;
  /** Called in each pass with the directives of the host's own files that contradict what Services may expect. */
  readonly contradicted: (contradictions: readonly Contradiction[]) => void;
  /**
   * Called in each pass. It gets all certificates that HAProxy can't take, all certificates as last observed, and the
   * folders of certificates that exist: a trouble that has ended is `recovered` if its file is good or its folder
   * exists, else `dropped`.
   */
  readonly certificates: (
    troubles: readonly CertificateTrouble[],
    states: readonly Pick<CertificateState, 'file' | 'disk'>[],
    folders?: Iterable<string>,
  ) => void;
  /**
   * The outcome of the text in etcd, and since when; undefined before the first pass that had one, and after a thaw.
   */
  readonly news: () => DatedNews | undefined;
}

export interface PassReporterOptions {
  readonly log: Logger;
  readonly host: { readonly live: Pick<Host['live'], 'path'> };
  readonly metrics: ConsumerMetrics;
  readonly onChange: () => void;
}

const MOST_NAMES = 10;
/** Logged at level info: for example, an operator's own hook reloads HAProxy after each renewal of a certificate. */
const ROUTINE_DRIFT: ReadonlySet<DriftKind> = new Set(['haproxy-reloaded', 'haproxy-restarted']);

/** Triggers of passes that mostly find what the pass before left. */
const ROUTINE_TRIGGERS: ReadonlySet<Trigger> = new Set(['look', 'due', 'certificate']);

export function createPassReporter({ log, host, metrics, onChange }: PassReporterOptions): PassReporter {
  const reportOutcome = createReporter(log);
  const repairAlarm = createAlarm();
  let last: DatedNews | undefined;
  let lastContradictions = '';
  /** The troubles of the pass before, each by its file and reason. */
  let knownTroubles: ReadonlyMap<string, CertificateTrouble> = new Map();

  function report(pass: PassNews): void {
    const { decision, outcome, repair } = pass;
    if (outcome?.kind !== 'frozen') noteThaw();
    // A wait for the jitter is too short to be reported.
    if (decision.kind === 'postpone' && decision.why === 'jitter') return;
    if (repair !== undefined) logRepair(repair);
    if (outcome !== undefined && !isOldNews(last, pass)) takeNews(pass, outcome);
    onChange();
  }

  function takeNews({ revision, durationMs }: PassNews, outcome: Outcome): void {
    const news = { revision, outcome, durationMs };
    reportOutcome(news);
    last = dateNews(last, news, new Date().toISOString());
    metrics.applied(outcome, revision, durationMs / 1000);
  }

  /** Logs the end of a freeze: as long as etcd doesn't answer, there is no outcome that would show it. */
  function noteThaw(): void {
    if (last?.outcome.kind !== 'frozen') return;
    log.warn({}, 'host.thawed');
    last = undefined;
  }

  function logRepair(repair: Outcome): void {
    const isDone = isHostServing(repair);
    const summary = describeOutcome(repair);
    const fields = { file: host.live.path, summary };
    if (isDone) log[repairAlarm.end() ?? 'info'](fields, 'drift.repaired');
    else log[repairAlarm.raise('warn', summary)](fields, 'drift-repair.failed');
  }

  function drift({ begun, ended }: DriftNews): void {
    for (const [kind, findings] of byKind(begun)) log[levelOf(kind)]({ kind, ...findings }, 'drift.found');
    for (const [kind, findings] of byKind(ended)) log[levelOf(kind)]({ kind, ...findings }, 'drift.ended');
    metrics.driftFound(begun);
    if (begun.length > 0 || ended.length > 0) onChange();
  }

  function contradicted(contradictions: readonly Contradiction[]): void {
    const what = contradictions
      .slice(0, MOST_NAMES)
      .map(({ file, line, directive, meaning }) => `${file}:${line}: "${directive}": ${meaning}`);
    const words = what.join('\n');
    if (words === lastContradictions) return;
    if (what.length > 0) log.warn({ what }, 'base-config.contradicted');
    else log.warn({}, 'base-config.recovered');
    lastContradictions = words;
  }

  function certificates(
    troubles: readonly CertificateTrouble[],
    states: readonly Pick<CertificateState, 'file' | 'disk'>[],
    folders: Iterable<string> = [],
  ): void {
    const present = new Map(troubles.map((trouble) => [`${trouble.file}: ${trouble.reason}`, trouble]));
    const troubled = new Set(troubles.map(({ file }) => file));
    const begun = [...present].filter(([key]) => !knownTroubles.has(key)).map(([, trouble]) => trouble);
    const ended = [...knownTroubles.values()].filter(({ file }) => !troubled.has(file));
    for (const { file, sources, reason } of begun)
      log.warn({ file, sources, reason }, 'certificate.rejected');
    const goodFiles = states.flatMap(({ file, disk }) => (disk.kind === 'good' ? [file] : []));
    const good = new Set([...goodFiles, ...folders]);
    for (const { file, sources } of ended)
      log.warn({ file, sources }, good.has(file) ? 'certificate.recovered' : 'certificate.dropped');
    knownTroubles = present;
    if (begun.length > 0 || ended.length > 0) onChange();
  }

  return { report, drift, contradicted, certificates, news: () => last };
}

function levelOf(kind: DriftKind): 'info' | 'warn' {
  return ROUTINE_DRIFT.has(kind) ? 'info' : 'warn';
}

/**
 * True if a routine pass has the outcome of the news before, or if it only finds that HAProxy still runs what was
 * applied, with the same parts left out.
 */
function isOldNews(last: DatedNews | undefined, { outcome, revision, triggers }: PassNews): boolean {
  const isRoutine = [...triggers].every((trigger) => ROUTINE_TRIGGERS.has(trigger));
  if (!isRoutine || outcome === undefined || last === undefined || last.revision !== revision) return false;
  if (JSON.stringify(last.outcome) === JSON.stringify(outcome)) return true;
  const isLeftOutTheSame =
    JSON.stringify(blameOfOutcome(last.outcome)) === JSON.stringify(blameOfOutcome(outcome));
  return outcome.kind === 'unchanged' && isHostServing(last.outcome) && isLeftOutTheSame;
}

/** Each kind with its number of findings and the first of them: a node may be drained in a thousand backends. */
function byKind(
  findings: readonly DriftFinding[],
): Map<DriftKind, { readonly count: number; readonly what: readonly string[] }> {
  const kinds = new Map<DriftKind, string[]>();
  for (const { kind, what } of findings) push(kinds, kind, what);
  return new Map(
    [...kinds].map(([kind, all]) => [kind, { count: all.length, what: all.slice(0, MOST_NAMES) }]),
  );
}

function push(kinds: Map<DriftKind, string[]>, kind: DriftKind, what: string): void {
  const same = kinds.get(kind);
  if (same === undefined) kinds.set(kind, [what]);
  else same.push(what);
}
