import type { Blame, Outcome } from '@kubefigurator/config-model';
import type { ConfigText } from '@kubefigurator/haproxy-config';
import { parseConfigText } from '@kubefigurator/haproxy-config';
import type { Isolation } from '@kubefigurator/haproxy-config';
import { isolate } from '@kubefigurator/haproxy-config';
import type { Applicable, ApplyContext, Before, Goal } from './apply-context.ts';
import type { Finding, Surroundings } from './examine.ts';
import { examine } from './examine.ts';
import type { Host } from './host/host.ts';
import { failed } from './live-text.ts';

const MOST_REDUCTIONS = 25;

/** Takes guilty parts out of the text until the rest passes, or gives up and keeps what runs. */
export async function findApplicable(
  goal: Goal,
  before: Before,
  { host, signal }: Pick<ApplyContext, 'host' | 'signal'>,
): Promise<Applicable | Outcome> {
  const surroundings = {
    haproxyRuns: before.haproxy.kind === 'up',
    running: before.running?.config,
    own: ownConfigs(before),
  };
  const leftOut: Blame[] = [...goal.leftOut];
  let { text, config } = goal;
  for (let reductions = 0; ; reductions += 1) {
    // What runs was found good before.
    const isKnown = reductions > 0 && isInPlace(text, before);
    const finding: Finding = isKnown
      ? { kind: 'good' }
      : await examine({ text, config }, host, { surroundings, signal });
    if (finding.kind === 'failed') return finding;
    if (signal.aborted) return failed('stage', 'this program was told to stop');
    if (finding.kind === 'good') return { ...goal, kind: 'applicable', text, config, leftOut };
    const blame = [...leftOut, ...finding.blame];
    const isolation = await reduce({ text, blame: finding.blame, leftOut }, host, surroundings);
    if (isolation.kind === 'hopeless' || reductions === MOST_REDUCTIONS) {
      return { kind: 'rejected', stage: finding.stage, blame };
    }
    leftOut.push(...finding.blame);
    text = isolation.text;
    config = parseConfigText(text, config);
  }
}

/** True where HAProxy runs the text, and the file holds it. */
export function isInPlace(text: string, { running, onDisk }: Before): boolean {
  return running?.text === text && onDisk?.text === text;
}

interface Refused {
  readonly text: string;
  readonly blame: readonly Blame[];
  /** What isn't in the text any more. */
  readonly leftOut: readonly Blame[];
}

async function reduce(
  { text, blame, leftOut }: Refused,
  { strict, certificates }: Host,
  { running, own }: Surroundings,
): Promise<Isolation> {
  if (strict) return { kind: 'hopeless', reason: '--strict' };
  const isolation = isolate(text, blame, running ?? own[0]);
  if (isolation.kind === 'hopeless') return isolation;
  const rest = await certificates.withoutRefused(isolation.text, [...leftOut, ...blame]);
  // Its folder can't be read, or it is refused wherever it stands.
  if (rest === text) return { kind: 'hopeless', reason: 'the file that is wrong can not be taken out' };
  return { kind: 'reduced', text: rest };
}

/** Without proof of what runs, every text that may run counts as HAProxy's own; one we can't see may run, too. */
function ownConfigs({ running, good, onDisk }: Before): ConfigText[] {
  if (running !== undefined) return [running.config];
  return [good?.release.text, onDisk?.text]
    .filter((text) => text !== undefined)
    .map((text) => parseConfigText(text));
}
