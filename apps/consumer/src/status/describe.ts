import type { Blame, Outcome } from '@kubefigurator/config-model';
import { describeFreeze, formatSource } from '@kubefigurator/config-model';
import type { ApplyPlan } from '@kubefigurator/haproxy-config';
import type { Forecast } from '../apply/rehearse.ts';

/** One line for a person: the outcome and, if something is refused, whose lines and why. */
export function describeOutcome(outcome: Outcome): string {
  if (outcome.kind === 'applied') {
    const proof = outcome.proven ? '' : ', unproven';
    return `applied (${outcome.method}${proof})${describeLeftOut(outcome.leftOut)}`;
  }
  if (outcome.kind === 'unchanged') {
    return `unchanged: HAProxy runs this text already${describeLeftOut(outcome.leftOut)}`;
  }
  return describeTrouble(outcome);
}

const MOST_REASONS = 20;
const MOST_PARTS = 20;

/**
 * One line for a person: `none`, `runtime (what differs)`, `reload (what differs)`, or why nothing would be applied.
 */
export function describeForecast(forecast: Forecast, method: 'reload' | 'restart' | 'command'): string {
  if (forecast.kind === 'outcome') return describeOutcome(forecast.outcome);
  const { plan, leftOut } = forecast;
  return `${describePlan(plan, method)}${describeLeftOut(leftOut)}`;
}

function describePlan(plan: ApplyPlan, method: 'reload' | 'restart' | 'command'): string {
  if (plan.kind === 'none') return 'none';
  if (plan.kind === 'rewrite') return 'none (nothing differs that HAProxy has to read again)';
  const rest = plan.reasons.length - MOST_REASONS;
  const reasons = [...plan.reasons.slice(0, MOST_REASONS), ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
  return `${plan.kind === 'runtime' ? 'runtime' : method} (${reasons})`;
}

function describeTrouble(outcome: Exclude<Outcome, { kind: 'applied' | 'unchanged' }>): string {
  switch (outcome.kind) {
    case 'kept':
      return `kept what runs: ${outcome.reason}`;
    case 'frozen':
      return `${describeFreeze(outcome.freeze)}; what runs is kept`;
    case 'postponed':
      return describePostponed(outcome);
    case 'not-running':
      return `the file is in place, but HAProxy isn't running: ${outcome.reason}`;
    case 'not-loaded':
      return outcome.reason;
    case 'rejected':
      return describeRejected(outcome);
    case 'failed':
      return describeFailed(outcome);
  }
}

function describeRejected({ stage, blame, serversChanged }: Extract<Outcome, { kind: 'rejected' }>): string {
  const servers = serversChanged === true ? ', with those servers of the new one that need no reload' : '';
  return `rejected by the ${stage}; the config before stays${servers}: ${describeBlame(blame)}`;
}

type Failed = Extract<Outcome, { kind: 'failed' }>;

function describeFailed({ stage, blame, restored }: Failed): string {
  if (stage !== 'pass') return `failed at ${stage}; ${describeFile(restored)}: ${describeBlame(blame)}`;
  const kept = restored === true ? 'what runs is kept and the pass' : `${describeFile(restored)}; the pass`;
  return `failed: the pass could not be finished: ${describeBlame(blame)}; ${kept} is tried again`;
}

function describeFile(restored: Failed['restored']): string {
  if (restored === 'unknown') return 'the file on disk may have changed';
  return restored ? 'the config before stays' : 'THE FILE ON DISK COULD NOT BE RESTORED';
}

type Postponed = Extract<Outcome, { kind: 'postponed' }>;

function describePostponed({ waitMs, serversChanged, failure }: Postponed): string {
  const reason = failure === undefined ? 'there were many reloads' : `the last reload failed: ${failure}`;
  const servers = serversChanged ? '; its servers that need no reload are there already' : '';
  return `postponed for ${waitMs} ms${servers}, since ${reason}`;
}

function describeLeftOut(leftOut: readonly Blame[]): string {
  return leftOut.length === 0 ? '' : `; LEFT OUT: ${describeBlame(leftOut)}`;
}

function describeBlame(blame: readonly Blame[]): string {
  const rest = blame.length - MOST_PARTS;
  const parts = blame
    .slice(0, MOST_PARTS)
    .map(({ sources, message }) =>
      sources.length === 0 ? message : `${sources.map(formatSource).join(', ')}: ${message}`,
    );
  return [...parts, ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
}

/** True if HAProxy runs what this host can take of the newest text, else a sentence that says why it doesn't. */
export function describeReadiness(outcome: Outcome | undefined, isEtcdHeard: boolean): true | string {
  if (outcome !== undefined && !isHostServing(outcome)) return describeOutcome(outcome);
  if (!isEtcdHeard) return 'etcd has not been heard yet';
  return outcome !== undefined || 'nothing has been applied yet';
}

/** True if HAProxy runs what this host can take of the text in etcd. */
export function isHostServing(outcome: Outcome): boolean {
  return outcome.kind === 'unchanged' || outcome.kind === 'applied';
}

/** What this host can't take of the text that HAProxy runs; empty for any other outcome. */
export function leftOutOfOutcome(outcome: Outcome): readonly Blame[] {
  return outcome.kind === 'unchanged' || outcome.kind === 'applied' ? outcome.leftOut : [];
}

/** True if HAProxy runs all of the text in etcd. */
export function isHostInSync(outcome: Outcome): boolean {
  return isHostServing(outcome) && leftOutOfOutcome(outcome).length === 0;
}

/** The outcome of one pass over one revision. */
export interface News {
  readonly revision: string | undefined;
  readonly outcome: Outcome;
  readonly durationMs: number;
}
