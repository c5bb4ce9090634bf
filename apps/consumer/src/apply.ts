import type { ApplyMethod, Blame, ConfigText, Outcome } from '@kubefigurator/config-model';
import { parseConfigText } from '@kubefigurator/config-model';
import type { Logger } from '@kubefigurator/daemon';
import { messageOf } from '@kubefigurator/daemon';
import type { ApplyPlan, ParsedText } from '@kubefigurator/rollout';
import { gate, isolate, planApply } from '@kubefigurator/rollout';
import { examine } from './examine.ts';
import type { TextOnDisk } from './host/files.ts';
import { discard, install, readText, replaceText } from './host/files.ts';
import type { Host } from './host/host.ts';
import { allowsRuntimeUpdates } from './host/host.ts';
import { makeItRead } from './host/make-it-read.ts';
import type { ProcessId } from './host/processes.ts';
import type { Removals } from './host/removals.ts';
import type { HaproxyState } from './host/running.ts';
import { isRecorded, observeHaproxy, provenText } from './host/running.ts';
import { changeAtRuntime } from './host/runtime-api.ts';
import type { LastKnownGood } from './host/state.ts';
import { hashText } from './host/state.ts';

/** A text from etcd with the revision it has there. */
export interface Candidate {
  readonly revision: string;
  readonly text: string;
}

export interface ApplyContext {
  readonly host: Host;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Servers that were removed at run time and still have connections. */
  readonly removals: Removals;
}

/** What is on this host before anything is done. */
interface Before {
  readonly haproxy: HaproxyState;
  readonly good: LastKnownGood | undefined;
  readonly onDisk: TextOnDisk | undefined;
  /** What HAProxy is known to run. */
  readonly running: ParsedText | undefined;
}

/** What this host can take of a candidate; the text is staged. */
interface Applicable extends ParsedText {
  readonly kind: 'applicable';
  readonly revision: string;
  readonly leftOut: readonly Blame[];
}

/**
 * Brings one published text onto this host: gate, stage, check, probe, install, reload, prove, record.
 * What this host can't take is left out, so that one wrong Service is never in the way of another.
 * It throws only on bugs; everything a host can say is an outcome, and after each one the file on disk is a text
 * that is known to be good.
 */
export async function applyCandidate(candidate: Candidate, context: ApplyContext): Promise<Outcome> {
  const { host } = context;
  const verdict = gate(candidate.text, host.gate);
  if (verdict.kind === 'refused') return { kind: 'rejected', stage: 'gate', blame: verdict.blame };
  if (verdict.kind === 'blank')
    return { kind: 'kept', reason: 'the published value is blank, which never means "no services"' };
  const before = await lookAround(host);
  if (isInPlace(verdict.text, before))
    return settled({ ...candidate, text: verdict.text, leftOut: [] }, before, context);
  const applicable = await findApplicable({ ...verdict, revision: candidate.revision }, before, context);
  if (applicable.kind !== 'applicable' || isInPlace(applicable.text, before)) {
    await discard(host.live).catch(() => undefined);
    return applicable.kind === 'applicable' ? settled(applicable, before, context) : applicable;
  }
  return swap(applicable, before, context);
}

async function lookAround(host: Host): Promise<Before> {
  const [haproxy, good, onDisk] = await Promise.all([
    observeHaproxy(host.sockets, host.live.path),
    host.state.read(),
    readText(host.live.path),
  ]);
  const text = await provenText(haproxy, good, onDisk);
  return {
    haproxy,
    good,
    onDisk,
    running: text === undefined ? undefined : { text, config: parseConfigText(text) },
  };
}

function isInPlace(text: string, { running, onDisk }: Before): boolean {
  return running?.text === text && onDisk?.text === text;
}

const MOST_REDUCTIONS = 25;

/** Takes guilty parts out of the text until the rest passes, or gives up and keeps what runs. */
async function findApplicable(
  wanted: ParsedText & { readonly revision: string },
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
    if (finding.kind === 'good')
      return { kind: 'applicable', revision: wanted.revision, text, config, leftOut };
    const blame = [...leftOut, ...finding.blame];
    const isolation = host.strict
      ? { kind: 'hopeless' as const, reason: '--strict' }
      : isolate(text, finding.blame, before.running?.config);
    if (isolation.kind === 'hopeless' || reductions === MOST_REDUCTIONS) {
      return { kind: 'rejected', stage: finding.stage, blame };
    }
    leftOut.push(...finding.blame);
    text = isolation.text;
    config = parseConfigText(text);
  }
}

/** Without proof of what runs, every text that may run counts as HAProxy's own. */
function ownConfigs({ running, good, onDisk, haproxy }: Before): ConfigText[] {
  if (haproxy.kind === 'down') return [];
  if (running !== undefined) return [running.config];
  return [good?.text, onDisk?.text].filter((text) => text !== undefined).map(parseConfigText);
}

/** HAProxy runs the text already; only the ledger may have to hear of it. */
async function settled(
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
async function swap(applicable: Applicable, before: Before, context: ApplyContext): Promise<Outcome> {
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

function failed(
  stage: 'stage' | 'install' | 'reload',
  message: string,
): Extract<Outcome, { kind: 'failed' }> {
  return { kind: 'failed', stage, blame: [{ sources: [], message }], restored: true };
}
