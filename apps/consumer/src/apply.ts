import type { Blame, ConfigText, Outcome } from '@kubefigurator/config-model';
import { parseConfigText } from '@kubefigurator/config-model';
import { delay } from '@kubefigurator/daemon';
import type { ParsedText } from '@kubefigurator/rollout';
import { isolate } from '@kubefigurator/rollout';
import type { Applicable, ApplyContext, Before, Candidate, Memory, Wanted } from './apply-context.ts';
import { examine } from './examine.ts';
import { discard, readText } from './host/files.ts';
import type { Host } from './host/host.ts';
import { observeHaproxy, provenText } from './host/running.ts';
import { changeServers, failed, planFor, settled, swap } from './swap.ts';

/**
 * Brings one published text onto this host: gate, stage, check, probe, install, reload, prove, record.
 * What this host can't take is left out, so that one wrong Service is never in the way of another.
 * It throws only on bugs; everything a host can say is an outcome, and after each one the file on disk is a text
 * that is known to be good.
 */
export async function applyCandidate(candidate: Candidate, context: ApplyContext): Promise<Outcome> {
  const { host, memory } = context;
  const verdict = host.gate(candidate.text, memory.known?.config);
  if (verdict.kind === 'refused') return { kind: 'rejected', stage: 'gate', blame: verdict.blame };
  if (verdict.kind === 'blank') return { kind: 'kept', reason: BLANK };
  const wanted = { ...verdict, revision: candidate.revision };
  const before = await lookAround(host, memory);
  memory.known = verdict;
  const plan = await planFor(host, before, verdict);
  if (plan.kind === 'none' && before.onDisk?.text === verdict.text) {
    return settled({ ...wanted, leftOut: [] }, before, context);
  }
  if (plan.kind === 'runtime') {
    const outcome = await changeServers(wanted, plan, { before, context });
    return outcome ?? replace(wanted, { ...before, running: undefined }, context);
  }
  if (plan.kind === 'reload') return replaceInTurn(wanted, before, context);
  return replace(wanted, before, context);
}

/** A text that needs a reload waits where there were many; a whole fleet that gets it needs not reload in one moment. */
async function replaceInTurn(wanted: Wanted, before: Before, context: ApplyContext): Promise<Outcome> {
  const { host, reloads, signal } = context;
  const oldWorkers = before.haproxy.kind === 'up' ? (before.haproxy.processes?.oldWorkers.length ?? 0) : 0;
  const waitMs = before.haproxy.kind === 'up' ? reloads.waitMs(oldWorkers) : 0;
  if (waitMs > 0) return { kind: 'postponed', waitMs };
  await delay(Math.random() * host.reloads.jitterMs, signal);
  return replace(wanted, before, context);
}

const BLANK = 'the published value is blank, which never means "no services"';

/** The long way: check and probe, leave out what this host can't take, and swap. */
async function replace(wanted: Wanted, before: Before, context: ApplyContext): Promise<Outcome> {
  const applicable = await findApplicable(wanted, before, context);
  if (applicable.kind === 'applicable' && !isInPlace(applicable.text, before)) {
    return swap(applicable, before, context);
  }
  await discard(context.host.live).catch(() => undefined);
  return applicable.kind === 'applicable' ? settled(applicable, before, context) : applicable;
}

async function lookAround(host: Host, { known }: Memory): Promise<Before> {
  const [haproxy, good, onDisk] = await Promise.all([
    observeHaproxy(host.sockets, host.live.path),
    host.state.read(),
    readText(host.live.path),
  ]);
  const text = await provenText(haproxy, good, onDisk);
  const running = text === undefined ? undefined : parsedText(text, known);
  return { haproxy, good, onDisk, running };
}

function parsedText(text: string, known: ParsedText | undefined): ParsedText {
  return text === known?.text ? known : { text, config: parseConfigText(text, known?.config) };
}

function isInPlace(text: string, { running, onDisk }: Before): boolean {
  return running?.text === text && onDisk?.text === text;
}

const MOST_REDUCTIONS = 25;

/** Takes guilty parts out of the text until the rest passes, or gives up and keeps what runs. */
async function findApplicable(
  wanted: Wanted,
  before: Before,
  { host, signal }: ApplyContext,
): Promise<Applicable | Outcome> {
  const surroundings = {
    haproxyRuns: before.haproxy.kind === 'up',
    running: before.running?.config,
    own: ownConfigs(before),
  };
  const leftOut: Blame[] = [];
  let { text, config } = wanted;
  for (let reductions = 0; ; reductions += 1) {
    const finding = await examine({ text, config }, host, { surroundings, signal });
    if (finding.kind === 'failed') return failed(finding.stage, finding.message);
    if (signal.aborted) return failed('stage', 'this program was told to stop');
    if (finding.kind === 'good')
      return { kind: 'applicable', revision: wanted.revision, text, config, leftOut };
    const blame = [...leftOut, ...finding.blame];
    const isolation = host.strict
      ? { kind: 'hopeless' as const, reason: '--strict' }
      : isolate(text, finding.blame, surroundings.running ?? surroundings.own[0]);
    if (isolation.kind === 'hopeless' || reductions === MOST_REDUCTIONS) {
      return { kind: 'rejected', stage: finding.stage, blame };
    }
    leftOut.push(...finding.blame);
    text = isolation.text;
    config = parseConfigText(text, config);
  }
}

/** Without proof of what runs, every text that may run counts as HAProxy's own; one we can't see may run, too. */
function ownConfigs({ running, good, onDisk }: Before): ConfigText[] {
  if (running !== undefined) return [running.config];
  return [good?.text, onDisk?.text].filter((text) => text !== undefined).map((text) => parseConfigText(text));
}
