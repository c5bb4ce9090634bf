import type { Blame, Outcome } from '@kubefigurator/config-model';
import { formatSource } from '@kubefigurator/config-model';
import type { Logger } from '@kubefigurator/daemon';

/** One line for a person: what became of a text, whose fault it is, and what to do. */
export function describeOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'applied':
      return `applied (${outcome.method}${outcome.proven ? '' : ', unproven'})`;
    case 'unchanged':
      return 'unchanged: HAProxy runs this text already';
    case 'kept':
      return `kept what runs: ${outcome.reason}`;
    case 'not-running':
      return `the file is in place, but HAProxy isn't running: ${outcome.reason}`;
    case 'not-loaded':
      return outcome.reason;
    case 'rejected':
      return `rejected by the ${outcome.stage}; the config before stays: ${describeBlame(outcome.blame)}`;
    case 'failed': {
      const file = outcome.restored ? 'the config before stays' : 'THE FILE ON DISK COULD NOT BE RESTORED';
      return `failed at ${outcome.stage}; ${file}: ${describeBlame(outcome.blame)}`;
    }
  }
}

function describeBlame(blame: readonly Blame[]): string {
  return blame
    .map(({ sources, message }) =>
      sources.length === 0 ? message : `${sources.map(formatSource).join(', ')}: ${message}`,
    )
    .join('; ');
}

/** True where HAProxy runs what etcd has, seen with our own eyes or not. */
export function isInSync(outcome: Outcome): boolean {
  return outcome.kind === 'unchanged' || outcome.kind === 'applied';
}

/** What happened to which revision; the same news is told once. */
export interface News {
  readonly revision: string | undefined;
  readonly outcome: Outcome;
  readonly durationMs: number;
}

/** Writes one line per outcome, louder the worse it is, and only in debug when it is the same as before. */
export function createReporter(log: Logger): (news: News) => void {
  let told = '';
  return ({ revision, outcome, durationMs }) => {
    const key = JSON.stringify([revision, outcome]);
    const fields = { revision, durationMs: Math.round(durationMs), ...fieldsOf(outcome) };
    const event = `apply.${outcome.kind}`;
    if (key === told || outcome.kind === 'unchanged') log.debug(fields, event);
    else if (isInSync(outcome)) log.info(fields, event);
    else if (outcome.kind === 'failed') log.error(fields, event);
    else log.warn(fields, event);
    told = key;
  };
}

const MAX_REASONS = 10;

function fieldsOf(outcome: Outcome): Record<string, unknown> {
  const { kind, ...fields } = outcome;
  if (kind !== 'applied') return { ...fields, summary: describeOutcome(outcome) };
  const reasons = outcome.reasons.slice(0, MAX_REASONS);
  return { ...fields, reasons, reasonCount: outcome.reasons.length };
}
