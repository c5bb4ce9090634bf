import type { Blame, ConfigText, Outcome } from '@kubefigurator/config-model';
import { parseConfigText } from '@kubefigurator/config-model';
import type { Logger } from '@kubefigurator/daemon';
import { messageOf } from '@kubefigurator/daemon';
import type { BindPoint, ParsedText } from '@kubefigurator/rollout';
import {
  bindPoints,
  blameMessages,
  formatBind,
  gate,
  newBindPoints,
  planApply,
} from '@kubefigurator/rollout';
import { checkConfig } from './host/check.ts';
import type { TextOnDisk } from './host/files.ts';
import { discard, install, readText, replaceText, stage } from './host/files.ts';
import type { Host } from './host/host.ts';
import { makeItRead } from './host/make-it-read.ts';
import { probeBind } from './host/ports.ts';
import type { ProcessId } from './host/processes.ts';
import type { HaproxyState } from './host/running.ts';
import { isRecorded, observeHaproxy, provenText } from './host/running.ts';
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
}

/** What is on this host before anything is done. */
interface Before {
  readonly haproxy: HaproxyState;
  readonly good: LastKnownGood | undefined;
  readonly onDisk: TextOnDisk | undefined;
  /** What HAProxy is known to run. */
  readonly running: ParsedText | undefined;
}

/**
 * Brings one published text onto this host: gate, stage, check, probe, install, reload, prove, record.
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
  const plan = planApply(before.running, verdict);
  if (plan.kind === 'none' && before.onDisk?.text === verdict.text) {
    await recordIfNew(before, candidate.revision, { context, text: verdict.text });
    return { kind: 'unchanged' };
  }
  const refusal = await stageAndCheck(verdict, before, context);
  if (refusal !== undefined) {
    await discard(host.live).catch(() => undefined);
    return refusal;
  }
  const reasons = plan.kind === 'reload' ? plan.reasons : [];
  return swap(
    { ...candidate, text: verdict.text },
    { before, reasons, needsReading: plan.kind === 'reload' },
    context,
  );
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

/** Everything that can be found out before the live file changes; undefined for a good candidate. */
async function stageAndCheck(
  verdict: ParsedText,
  before: Before,
  context: ApplyContext,
): Promise<Outcome | undefined> {
  const { host, signal } = context;
  try {
    await stage(host.live, verdict.text);
  } catch (error) {
    return failed('stage', `${host.live.candidate} can't be written: ${messageOf(error)}`);
  }
  const [checked, problems] = await Promise.all([
    checkConfig(host.binary, [...host.baseConfigs, host.live.candidate], signal).catch((error: unknown) => ({
      kind: 'unasked' as const,
      reason: messageOf(error),
    })),
    probeNewBinds(verdict.config, before),
  ]);
  if (checked.kind === 'unasked') return failed('stage', checked.reason);
  if (checked.kind === 'invalid') {
    const names = { file: host.live.candidate, shownFile: host.live.path };
    return { kind: 'rejected', stage: 'check', blame: blameMessages(checked.stderr, verdict.config, names) };
  }
  return problems.length > 0 ? { kind: 'rejected', stage: 'probe', blame: problems } : undefined;
}

/** Binds of the text that runs are HAProxy's own; new ones must be free and their address present. */
async function probeNewBinds(candidate: ConfigText, before: Before): Promise<Blame[]> {
  const own = ownConfigs(before);
  const known = newBindPoints(before.running?.config, candidate);
  const ownPoints = own.flatMap((config) => bindPoints(config));
  const problems: Blame[] = [];
  for (const point of known) {
    const problem = await probeBind(point, ownPoints, before.haproxy.kind === 'up');
    if (problem !== undefined) problems.push(blameOf(point, problem));
  }
  return problems;
}

/** Without proof of what runs, every text that may run counts as HAProxy's own. */
function ownConfigs({ running, good, onDisk, haproxy }: Before): ConfigText[] {
  if (haproxy.kind === 'down') return [];
  if (running !== undefined) return [running.config];
  return [good?.text, onDisk?.text].filter((text) => text !== undefined).map(parseConfigText);
}

function blameOf(point: BindPoint, problem: string): Blame {
  const bind = formatBind(point);
  return { sources: point.sources, bind, message: `bind ${bind} can't be had: ${problem}` };
}

interface Swap {
  readonly before: Before;
  readonly reasons: readonly string[];
  readonly needsReading: boolean;
}

/** From here on the live file changes: install, make HAProxy read it, and put the text before back when it doesn't work. */
async function swap(
  candidate: Candidate,
  { before, reasons, needsReading }: Swap,
  context: ApplyContext,
): Promise<Outcome> {
  const { host } = context;
  try {
    await install(host.live);
  } catch (error) {
    return failed('install', `${host.live.path} can't be replaced: ${messageOf(error)}`);
  }
  if (before.haproxy.kind === 'down') return { kind: 'not-running', reason: before.haproxy.reason };
  if (!before.haproxy.loadsOurFile) return notLoaded(host, before.haproxy);
  if (!needsReading) {
    await record(candidate, { context, worker: before.haproxy.worker, method: 'none' });
    return { kind: 'applied', method: 'none', proven: true, reasons };
  }
  const result = await makeItRead(host, before.haproxy);
  if (result.kind === 'failed')
    return { ...failed('reload', result.message), restored: await restore(before, context) };
  await record(candidate, { context, worker: result.worker, method: host.way.method });
  return { kind: 'applied', method: host.way.method, proven: result.worker !== undefined, reasons };
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

async function recordIfNew(
  before: Before,
  revision: string,
  { context, text }: { readonly context: ApplyContext; readonly text: string },
): Promise<void> {
  const worker = before.haproxy.kind === 'up' ? before.haproxy.worker : undefined;
  if (isRecorded(before.good, text, worker) && before.good?.ledger.revision === revision) return;
  await record(
    { revision, text },
    { context, worker, method: before.good?.ledger.method ?? 'found running' },
  );
}

function failed(
  stage: 'stage' | 'install' | 'reload',
  message: string,
): Extract<Outcome, { kind: 'failed' }> {
  return { kind: 'failed', stage, blame: [{ sources: [], message }], restored: true };
}
