import type { Outcome } from '@kubefigurator/config-model';
import { parseConfigText } from '@kubefigurator/haproxy-config';
import { delay } from '@kubefigurator/daemon';
import type { ParsedText } from '@kubefigurator/haproxy-config';
import { withServersOf } from '@kubefigurator/haproxy-config';
import { findApplicable, isInPlace } from './applicable.ts';
import type { Applicable, ApplyContext, Before, Candidate, Goal, Memory } from './apply-context.ts';
import { afterCutShort } from './cut-short.ts';
import { discard } from './host/release-files.ts';
import { readText } from './host/text-file.ts';
import type { Host } from './host/host.ts';
import { observeHaproxy, provenText } from './haproxy/observe.ts';
import { faultOf, nextGoal, wholeOf } from './known-fault.ts';
import { changeServers, planFor, settled, swap } from './swap.ts';

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
  const seen = await lookAround(host, memory);
  const before = memory.isFirst ? await afterCutShort(seen, context) : seen;
  memory.isFirst = false;
  memory.known = verdict;
  const { certificates } = host;
  const wanted = { ...verdict, revision: candidate.revision };
  return approach(await nextGoal(wanted, before, { memory, certificates }), before, context);
}

/** From what runs to what is wanted, by the shortest way there is. */
async function approach(goal: Goal, before: Before, context: ApplyContext): Promise<Outcome> {
  const plan = await planFor(context.host, before, goal);
  if (plan.kind === 'none' && before.onDisk?.text === goal.text) return settled(goal, before, context);
  if (plan.kind === 'runtime') {
    const outcome = await changeServers(goal, plan, { before, context });
    return outcome ?? replace(goal, { ...before, running: undefined }, context);
  }
  // Whether a trial ends in a reload is known only once it was checked.
  if (plan.kind === 'reload' && !goal.isTrial) return replaceInTurn(goal, before, context);
  return replace(goal, before, context);
}

/** A text that needs a reload waits where there were many; a whole fleet that gets it needs not reload in one moment. */
async function replaceInTurn(goal: Goal, before: Before, context: ApplyContext): Promise<Outcome> {
  const { host, signal } = context;
  const waitMs = reloadWait(before, context);
  if (waitMs > 0) return postpone(goal, waitMs, { before, context });
  await delay(Math.random() * host.reloadJitterMs, signal);
  return replace(goal, before, context);
}

async function postpone(
  goal: Goal,
  waitMs: number,
  { before, context }: { readonly before: Before; readonly context: ApplyContext },
): Promise<Outcome> {
  const serversChanged = await changeServersAhead(goal, before, context);
  const failure = context.reloads.failure();
  return { kind: 'postponed', waitMs, serversChanged, ...(failure !== undefined && { failure }) };
}

/**
 * For a text that waits for its reload: the running text gets those of its servers that need none. True where there
 * were some; it keeps its own revision, since most of the newer one is still to come.
 */
async function changeServersAhead(goal: Goal, before: Before, context: ApplyContext): Promise<boolean> {
  const { running, good } = before;
  const ahead = running === undefined ? undefined : withServersOf(running, goal);
  if (ahead === undefined || good === undefined) return false;
  const plan = await planFor(context.host, before, ahead);
  if (plan.kind !== 'runtime') return false;
  const newer = wholeOf({ ...ahead, revision: good.ledger.revision });
  const outcome = await changeServers(newer, plan, { before, context });
  return outcome?.kind === 'applied';
}

/** How long a reload has to wait, in milliseconds. */
function reloadWait({ haproxy }: Before, { reloads }: ApplyContext): number {
  return haproxy.kind === 'up' ? reloads.waitMs(haproxy.processes?.oldWorkers.length ?? 0) : 0;
}

const BLANK = 'the published value is blank, which never means "no services"';

/** The long way: check and probe, leave out what this host can't take, and swap. */
async function replace(goal: Goal, before: Before, context: ApplyContext): Promise<Outcome> {
  const { host, memory } = context;
  const applicable = await findApplicable(goal, before, context);
  if (applicable.kind === 'applicable') memory.leftOut = faultOf(applicable);
  if (applicable.kind === 'applicable' && !isInPlace(applicable.text, before))
    return follow(goal, applicable, { before, context });
  await discard(host.live).catch(() => undefined);
  return applicable.kind === 'applicable' ? settled(applicable, before, context) : applicable;
}

/** What was checked becomes what runs: at once, or in its turn where that takes a reload. */
async function follow(
  goal: Goal,
  applicable: Applicable,
  { before, context }: { readonly before: Before; readonly context: ApplyContext },
): Promise<Outcome> {
  const plan = await planFor(context.host, before, applicable);
  if (plan.kind === 'runtime') {
    const outcome = await changeServers(applicable, plan, { before, context });
    return outcome ?? replace(goal, { ...before, running: undefined }, context);
  }
  const waitMs = reloadWait(before, context);
  if (waitMs === 0 || plan.kind !== 'reload') return swap(applicable, plan, { before, context });
  return postpone(applicable, waitMs, { before, context });
}

/** What is on this host now; `known` spares the reading of what was read before. */
export async function lookAround(host: Host, { known }: Pick<Memory, 'known'>): Promise<Before> {
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
