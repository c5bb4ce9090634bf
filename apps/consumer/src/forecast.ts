import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Blame, Outcome } from '@kubefigurator/config-model';
import { parseConfigText } from '@kubefigurator/haproxy-config';
import type { ApplyPlan } from '@kubefigurator/haproxy-config';
import { findApplicable, isInPlace } from './applicable.ts';
import type { Before, Goal, Wanted } from './apply-context.ts';
import { lookAround } from './apply.ts';
import { readFreeze } from './state/freeze.ts';
import type { Host } from './host/host.ts';
import { wholeOf } from './known-fault.ts';
import { notLoaded, planFor } from './swap.ts';

/** What an apply would do now. */
export type Forecast =
  | { readonly kind: 'plan'; readonly plan: ApplyPlan; readonly leftOut: readonly Blame[] }
  /** It would not come so far that HAProxy runs the text. */
  | { readonly kind: 'outcome'; readonly outcome: Outcome };

/** The way of an apply, ended before anything changes: neither the host's files nor HAProxy are touched. */
export async function foresee(wanted: Wanted, host: Host, signal: AbortSignal): Promise<Forecast> {
  const freeze = await readFreeze(host.state.path);
  if (freeze !== undefined) return { kind: 'outcome', outcome: { kind: 'frozen', freeze } };
  const before = await lookAround(host, { known: wanted });
  const plan = await planFor(host, before, wanted);
  if (plan.kind === 'runtime' || isInPlace(wanted.text, before)) return { kind: 'plan', plan, leftOut: [] };
  return rehearse(wholeOf(wanted), before, { host, signal });
}

/** Checks and probes with a candidate that lies elsewhere, so that an agent at work isn't disturbed. */
async function rehearse(
  goal: Goal,
  before: Before,
  { host, signal }: { readonly host: Host; readonly signal: AbortSignal },
): Promise<Forecast> {
  const folder = await mkdtemp(join(tmpdir(), 'kubefigurator-diff-'));
  try {
    const live = { ...host.live, candidate: join(folder, basename(host.live.candidate)) };
    const certificates = host.certificates.elsewhere(join(folder, 'certificates'));
    // Ports are looked up and never tried: a probe could be in the way of the agent's reload.
    const unprobed: Before = { ...before, haproxy: { kind: 'down', reason: 'this is a rehearsal' } };
    const stage = { ...host, live, certificates };
    const applicable = await findApplicable(goal, unprobed, { host: stage, signal });
    if (applicable.kind !== 'applicable') return { kind: 'outcome', outcome: applicable };
    const unread = whyUnread(before, host);
    if (unread !== undefined) return { kind: 'outcome', outcome: unread };
    const text = applicable.text.replaceAll(certificates.path, host.certificates.path);
    const plan = await planFor(host, before, { text, config: parseConfigText(text) });
    return { kind: 'plan', plan, leftOut: applicable.leftOut };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Why HAProxy would not read the file once it is in place. */
function whyUnread({ haproxy }: Before, host: Host): Outcome | undefined {
  if (haproxy.kind === 'up') return haproxy.loadsOurFile ? undefined : notLoaded(host, haproxy);
  return host.way.method === 'reload' ? { kind: 'not-running', reason: haproxy.reason } : undefined;
}
