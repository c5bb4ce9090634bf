import type { ApplyMethod, FailStage, Outcome } from '@kubefigurator/config-model';
import { messageOf } from '@kubefigurator/daemon';
import type { ApplyPlan } from '@kubefigurator/rollout';
import { planApply } from '@kubefigurator/rollout';
import type { Applicable, ApplyContext, Before, Candidate } from './apply-context.ts';
import { install, replaceText } from './host/files.ts';
import type { Host } from './host/host.ts';
import { allowsRuntimeUpdates } from './host/host.ts';
import { makeItRead } from './host/make-it-read.ts';
import type { ProcessId } from './host/processes.ts';
import type { HaproxyState } from './host/running.ts';
import { isRecorded } from './host/running.ts';
import { changeAtRuntime } from './host/runtime-api.ts';
import { hashText } from './host/state.ts';

/** HAProxy runs the text already; only the ledger may have to hear of it. */
export async function settled(
  { revision, text, leftOut }: Omit<Applicable, 'kind' | 'config'>,
  { haproxy, good }: Before,
  context: ApplyContext,
): Promise<Outcome> {
  const worker = haproxy.kind === 'up' ? haproxy.worker : undefined;
  if (!isRecorded(good, text, worker) || good?.ledger.revision !== revision) {
    await record({ revision, text }, { context, worker, method: good?.ledger.method ?? 'found running' });
  }
  return { kind: 'unchanged', leftOut };
}

/** From here on the live file changes: install, make HAProxy read it, and put the text before back when it doesn't work. */
export async function swap(applicable: Applicable, before: Before, context: ApplyContext): Promise<Outcome> {
  const { host } = context;
  const { haproxy } = before;
  try {
    await install(host.live);
  } catch (error) {
    return failed('install', `${host.live.path} can't be replaced: ${messageOf(error)}`);
  }
  if (haproxy.kind === 'down') return { kind: 'not-running', reason: haproxy.reason };
  if (!haproxy.loadsOurFile) return notLoaded(host, haproxy);
  const reading = { applicable, before, haproxy };
  const plan = planApply(before.running, applicable, { runtime: await allowsRuntimeUpdates(host) });
  switch (plan.kind) {
    case 'none':
    case 'rewrite':
      return applied(reading, { method: 'none', worker: haproxy.worker, reasons: [] }, context);
    case 'runtime':
      return changeServers(reading, plan, context);
    case 'reload':
      return reload(reading, plan.reasons, context);
  }
}

/** The file is in place; now HAProxy has to follow. */
interface Reading {
  readonly applicable: Applicable;
  readonly before: Before;
  readonly haproxy: Extract<HaproxyState, { kind: 'up' }>;
}

/** Servers only: no reload, unless HAProxy says anything unexpected. */
async function changeServers(
  reading: Reading,
  { changes, reasons }: Extract<ApplyPlan, { kind: 'runtime' }>,
  context: ApplyContext,
): Promise<Outcome> {
  const { worker } = reading.haproxy;
  if (worker === undefined) return reload(reading, reasons, context);
  const result = await changeAtRuntime(context.host.sockets.runtime, changes, worker);
  if (result.kind === 'unexpected') {
    context.log.warn({ reason: result.reason }, 'runtime-update.unexpected');
    return reload(reading, [...reasons, `runtime API: ${result.reason}`], context);
  }
  context.removals.add(result.lingering, worker);
  return applied(reading, { method: 'runtime', worker, reasons }, context);
}

async function reload(reading: Reading, reasons: readonly string[], context: ApplyContext): Promise<Outcome> {
  context.reloads.spend();
  const result = await makeItRead(context.host, reading.haproxy);
  if (result.kind === 'failed') {
    return { ...failed('reload', result.message), restored: await restore(reading.before, context) };
  }
  return applied(reading, { method: context.host.way.method, worker: result.worker, reasons }, context);
}

async function applied(
  { applicable }: Reading,
  {
    method,
    worker,
    reasons,
  }: {
    readonly method: ApplyMethod;
    readonly worker: ProcessId | undefined;
    readonly reasons: readonly string[];
  },
  context: ApplyContext,
): Promise<Outcome> {
  await record(applicable, { context, worker, method });
  return { kind: 'applied', method, proven: worker !== undefined, reasons, leftOut: applicable.leftOut };
}

function notLoaded(host: Host, haproxy: Extract<HaproxyState, { kind: 'up' }>): Outcome {
  const files = haproxy.configFiles?.join(', ') ?? '';
  const remedy = `add "-f ${host.live.path}" to its command line (EXTRAOPTS in /etc/default/haproxy) and restart it`;
  return {
    kind: 'not-loaded',
    reason: `the running HAProxy loads ${files}, not ${host.live.path}: ${remedy}`,
  };
}

/** Puts the last known good back, else what was there before. */
async function restore({ good, onDisk, running }: Before, { host, log }: ApplyContext): Promise<boolean> {
  const text = running?.text ?? good?.text ?? onDisk?.text;
  if (text === undefined) return false;
  try {
    await replaceText(host.live.path, text);
    return true;
  } catch (err) {
    log.error({ err, file: host.live.path }, 'restore.failed');
    return false;
  }
}

interface Recording {
  readonly context: ApplyContext;
  readonly worker: ProcessId | undefined;
  readonly method: string;
}

async function record({ revision, text }: Candidate, { context, worker, method }: Recording): Promise<void> {
  const ledger = { revision, hash: hashText(text), worker, method, appliedAt: new Date().toISOString() };
  try {
    await context.host.state.record({ ledger, text });
  } catch (err) {
    // HAProxy runs the text all the same; a lost ledger costs one reload at the next start.
    context.log.error({ err, directory: context.host.state.path }, 'ledger.failed');
  }
}

/** This host could not do it; the file on disk is what it was. */
export function failed(stage: FailStage, message: string): Extract<Outcome, { kind: 'failed' }> {
  return { kind: 'failed', stage, blame: [{ sources: [], message }], restored: true };
}
