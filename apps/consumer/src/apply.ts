import type { Blame, ConfigText, Outcome } from '@kubefigurator/config-model';
import { parseConfigText } from '@kubefigurator/config-model';
import type { ParsedText } from '@kubefigurator/rollout';
import { isolate, planApply } from '@kubefigurator/rollout';
import type { Applicable, ApplyContext, Before, Candidate } from './apply-context.ts';
import { examine } from './examine.ts';
import { discard, readText } from './host/files.ts';
import type { Host } from './host/host.ts';
import { allowsRuntimeUpdates } from './host/host.ts';
import { observeHaproxy, provenText } from './host/running.ts';
import { failed, settled, swap } from './swap.ts';

/**
 * Brings one published text onto this host: gate, stage, check, probe, install, reload, prove, record.
 * What this host can't take is left out, so that one wrong Service is never in the way of another.
 * It throws only on bugs; everything a host can say is an outcome, and after each one the file on disk is a text
 * that is known to be good.
 */
export async function applyCandidate(candidate: Candidate, context: ApplyContext): Promise<Outcome> {
  const { host, memory } = context;
  const verdict = host.gate(candidate.text, memory.known);
  if (verdict.kind === 'refused') return { kind: 'rejected', stage: 'gate', blame: verdict.blame };
  if (verdict.kind === 'blank')
    return { kind: 'kept', reason: 'the published value is blank, which never means "no services"' };
  memory.known = verdict.config;
  const before = await lookAround(host, verdict.config);
  const waitMs = await waitForReload(verdict, before, context);
  if (waitMs > 0) return { kind: 'postponed', waitMs };
  if (isInPlace(verdict.text, before))
    return settled({ ...candidate, text: verdict.text, leftOut: [] }, before, context);
  const applicable = await findApplicable({ ...verdict, revision: candidate.revision }, before, context);
  if (applicable.kind !== 'applicable' || isInPlace(applicable.text, before)) {
    await discard(host.live).catch(() => undefined);
    return applicable.kind === 'applicable' ? settled(applicable, before, context) : applicable;
  }
  return swap(applicable, before, context);
}

async function lookAround(host: Host, known: ConfigText): Promise<Before> {
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
    running: text === undefined ? undefined : { text, config: parseConfigText(text, known) },
  };
}

/** How long a text that needs a reload has to wait for it; a runtime update never waits. */
async function waitForReload(
  verdict: ParsedText,
  { running, haproxy }: Before,
  { host, reloads }: ApplyContext,
): Promise<number> {
  const plan = planApply(running, verdict, { runtime: await allowsRuntimeUpdates(host) });
  if (plan.kind !== 'reload' || haproxy.kind === 'down') return 0;
  return reloads.waitMs(haproxy.processes?.oldWorkers.length ?? 0);
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
    config = parseConfigText(text, config);
  }
}

/** Without proof of what runs, every text that may run counts as HAProxy's own. */
function ownConfigs({ running, good, onDisk, haproxy }: Before): ConfigText[] {
  if (haproxy.kind === 'down') return [];
  if (running !== undefined) return [running.config];
  return [good?.text, onDisk?.text].filter((text) => text !== undefined).map((text) => parseConfigText(text));
}
