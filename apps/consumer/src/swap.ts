import type { ApplyMethod, Outcome } from '@kubefigurator/config-model';
import type { ApplyPlan, ParsedText } from '@kubefigurator/haproxy-config';
import { planApply } from '@kubefigurator/haproxy-config';
import type { Applicable, ApplyContext, Before, Goal } from './apply-context.ts';
import { restore } from './host/release-files.ts';
import type { Host } from './host/host.ts';
import { allowsRuntimeUpdates } from './host/host.ts';
import { makeItRead } from './haproxy/activate.ts';
import type { ProcessId } from './host/processes.ts';
import type { HaproxyState } from './haproxy/observe.ts';
import { isRecorded } from './haproxy/observe.ts';
import { changeAtRuntime } from './haproxy/runtime-api.ts';
import { failed, installText, stageText } from './live-text.ts';
import { doubt, record } from './record.ts';

/** HAProxy runs the text already; only the ledger may have to hear of it. */
export async function settled(
  { revision, text, leftOut }: Goal,
  { haproxy, good }: Before,
  context: ApplyContext,
): Promise<Outcome> {
  const worker = haproxy.kind === 'up' ? haproxy.worker : undefined;
  if (!isRecorded(good, text, worker) || good?.ledger.revision !== revision) {
    await record({ revision, text }, { context, worker, method: good?.ledger.method ?? 'found running' });
  }
  return { kind: 'unchanged', leftOut };
}

/** How the text that runs becomes the wanted one on this host. */
export async function planFor(host: Host, { running }: Before, wanted: ParsedText): Promise<ApplyPlan> {
  return planApply(running, wanted, { runtime: await allowsRuntimeUpdates(host) });
}

/**
 * The short way for a text that differs from the running one in servers only. It needs no `haproxy -c`: the rest is
 * what runs, and HAProxy itself judges each server when it takes it. Undefined when it says anything unexpected;
 * the text before is in place again then, but what runs is not certain any more.
 */
export async function changeServers(
  goal: Goal,
  plan: RuntimePlan,
  { before, context }: { readonly before: Before; readonly context: ApplyContext },
): Promise<Outcome | undefined> {
  const { host } = context;
  if (before.haproxy.kind === 'down') return undefined;
  const trouble = (await stageText(goal.text, host)) ?? (await installText(host));
  if (trouble !== undefined) return trouble;
  const following = { applicable: goal, before, haproxy: before.haproxy };
  const outcome = await changeWorker(following, plan, context);
  if (outcome === undefined) await putBack(before, context);
  return outcome;
}

/** From here on the live file changes: install, make HAProxy read it, and put the text before back when it doesn't work. */
export async function swap(
  applicable: Applicable,
  plan: Exclude<ApplyPlan, RuntimePlan>,
  { before, context }: { readonly before: Before; readonly context: ApplyContext },
): Promise<Outcome> {
  const { host } = context;
  const { haproxy } = before;
  const trouble = await installText(host);
  if (trouble !== undefined) return trouble;
  if (haproxy.kind === 'down') return followUnseen(applicable, { before, haproxy }, context);
  if (!haproxy.loadsOurFile) return notLoaded(host, haproxy);
  const following = { applicable, before, haproxy };
  if (plan.kind === 'reload') return reload(following, plan.reasons, context);
  return applied(following, { method: 'none', worker: haproxy.worker, reasons: [] }, context);
}

/** A HAProxy that can't be seen: with the host's own command it may be told to read the file all the same. */
async function followUnseen(
  applicable: Applicable,
  { before, haproxy }: { readonly before: Before; readonly haproxy: Extract<HaproxyState, { kind: 'down' }> },
  context: ApplyContext,
): Promise<Outcome> {
  if (context.host.way.method === 'reload') return { kind: 'not-running', reason: haproxy.reason };
  return reload({ applicable, before, haproxy }, ['HAProxy is out of sight'], context);
}

type RuntimePlan = Extract<ApplyPlan, { kind: 'runtime' }>;

/** The file is in place; now HAProxy has to follow. */
interface Following {
  readonly applicable: Goal;
  readonly before: Before;
  readonly haproxy: HaproxyState;
}

/** Undefined where the runtime API said anything unexpected: then only a reload makes the state certain again. */
async function changeWorker(
  following: Following,
  { changes, reasons }: RuntimePlan,
  context: ApplyContext,
): Promise<Outcome | undefined> {
  const worker = following.haproxy.kind === 'up' ? following.haproxy.worker : undefined;
  if (worker === undefined) return undefined;
  const result = await changeAtRuntime(context.host.sockets.runtime, changes, worker);
  if (result.kind === 'unexpected') {
    context.log.warn({ reason: result.reason }, 'runtime-update.unexpected');
    await doubt(following.before, changes, context);
    return undefined;
  }
  context.removals.add(result.lingering, worker);
  return applied(following, { method: 'runtime', worker, reasons }, context);
}

async function reload(
  following: Following,
  reasons: readonly string[],
  context: ApplyContext,
): Promise<Outcome> {
  context.reloads.spend();
  const result = await makeItRead(context.host, following.haproxy);
  context.reloads.ended(result.kind === 'failed' ? result.message : undefined);
  if (result.kind === 'failed') {
    return { ...failed('reload', result.message), restored: await putBack(following.before, context) };
  }
  return applied(following, { method: context.host.way.method, worker: result.worker, reasons }, context);
}

interface Proof {
  readonly method: ApplyMethod;
  readonly worker: ProcessId | undefined;
  readonly reasons: readonly string[];
}

async function applied(
  { applicable }: Following,
  { method, worker, reasons }: Proof,
  context: ApplyContext,
): Promise<Outcome> {
  await record(applicable, { context, worker, method });
  return { kind: 'applied', method, proven: worker !== undefined, reasons, leftOut: applicable.leftOut };
}

/** HAProxy runs without our file, so that no reload brings it in. */
export function notLoaded(host: Host, haproxy: Extract<HaproxyState, { kind: 'up' }>): Outcome {
  const files = haproxy.configFiles?.join(', ') ?? '';
  const remedy = `add "-f ${host.live.path}" to its command line (EXTRAOPTS in /etc/default/haproxy) and restart it`;
  return {
    kind: 'not-loaded',
    reason: `the running HAProxy loads ${files}, not ${host.live.path}: ${remedy}`,
  };
}

/** Puts the last known good back, else what was there before. */
async function putBack({ good, onDisk, running }: Before, { host, log }: ApplyContext): Promise<boolean> {
  const text = running?.text ?? good?.release.text ?? onDisk?.text;
  if (text === undefined) return false;
  try {
    await restore(host.live, { text, files: [] });
    return true;
  } catch (err) {
    log.error({ err, file: host.live.path }, 'restore.failed');
    return false;
  }
}
