import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Blame, Outcome } from '@kubefigurator/config-model';
import type { ApplyPlan } from '@kubefigurator/haproxy-config';
import { lower, parseConfigText } from '@kubefigurator/haproxy-config';
import type {
  Answer,
  Attempt,
  CertificateState,
  Decision,
  RenewalResult,
  WantedText,
} from '@kubefigurator/rollout';
import { copiesInUse, emptyMemory } from '@kubefigurator/rollout';
import type { Host } from '../host/host.ts';
import type { ReleaseContent } from '../host/release-files.ts';
import { oneShotPolicy } from './policy.ts';
import type { HostObservation } from './observe.ts';
import { createObserver } from './observe.ts';
import { runPass } from './pass.ts';
import { createCertificates } from './certificates.ts';
import { unreadOutcome } from './pipeline.ts';
import { validate } from './validate.ts';

/** What an apply would do now. */
export type Forecast =
  | { readonly kind: 'plan'; readonly plan: ApplyPlan; readonly leftOut: readonly Blame[] }
  /** HAProxy would not run the text; the outcome says why. */
  | { readonly kind: 'outcome'; readonly outcome: Outcome };

/** What an apply would do, and the release that this host would have if it left nothing out. */
export interface Rehearsed {
  readonly forecast: Forecast;
  readonly release: ReleaseContent;
}

/** The same path as an apply, stopped before anything changes: neither the host's files nor HAProxy are touched. */
export async function rehearse(wanted: WantedText, host: Host, signal: AbortSignal): Promise<Rehearsed> {
  const folder = await mkdtemp(join(tmpdir(), 'kubefigurator-diff-'));
  const policy = { ...oneShotPolicy(host), jitterMs: 0 };
  let seen: HostObservation | undefined;
  let renewals: readonly CertificateState[] = [];
  try {
    const { decision, outcome } = await runPass(
      {
        memory: emptyMemory({ now: performance.now(), policy }),
        wanted,
        triggers: new Set(['signal']),
      },
      {
        observer: createObserver(host, createCertificates(host)),
        policy,
        execute: (next, observation) => {
          if (next.kind !== 'renew') return stopBefore(next, observation, { host, folder, signal });
          renewals = next.certificates;
          return Promise.resolve(leaveToLater(renewals));
        },
        onObserved: (_news, _memory, observation) => void (seen = observation),
      },
    );
    if (seen === undefined) throw new Error('a rehearsal ended without an observation');
    const { needs, lists } = seen;
    const facts = { needs, lists, copies: copiesInUse(seen), refused: [] };
    return {
      forecast: withRenewals(forecastOf(decision, outcome, unreadOutcome(seen.haproxy, host)), renewals),
      release: lower(wanted, wanted.revision, facts),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Rehearsal {
  readonly host: Host;
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** Ends the pass before a decision that would change something; a check is carried out in a temporary folder. */
function stopBefore(decision: Decision, observation: HostObservation, rehearsal: Rehearsal): Promise<Answer> {
  if (decision.kind === 'validate') return validateElsewhere(decision.attempt, observation, rehearsal);
  return Promise.resolve({ kind: 'done', outcome: 'outcome' in decision ? decision.outcome : undefined });
}

/** The candidate and the files that it names are in a temporary folder, so that a running agent isn't disturbed. */
async function validateElsewhere(
  { target, search }: Pick<Attempt, 'target' | 'search'>,
  observation: HostObservation,
  { host, folder, signal }: Rehearsal,
): Promise<Answer> {
  const live = {
    ...host.live,
    candidate: join(folder, basename(host.live.candidate)),
    folder: join(folder, 'files'),
  };
  let { text } = target;
  for (const { name } of target.release.files)
    text = text.replaceAll(join(host.live.folder, name), join(live.folder, name));
  const release = { ...target.release, text };
  // HAProxy's messages name the files of the temporary folder, so their lines are looked up in the changed text.
  const config = parseConfigText(text, target.config);
  // A trial bind of a port could make a reload of the running agent fail.
  const options = { observation, signal, bindsNoPort: true };
  const moved = { ...target, text, config, release };
  return validate({ target: moved, search }, { ...host, live }, options);
}

/**
 * Answers `renew` without a renewal: `superseded` leaves a certificate to a later pass, so that this pass goes on and
 * says what becomes of the text.
 */
function leaveToLater(certificates: readonly CertificateState[]): Answer {
  return {
    kind: 'renewed',
    results: certificates.flatMap(({ name, disk }): RenewalResult[] =>
      disk.kind === 'good' ? [{ kind: 'superseded', name, contentHash: disk.contentHash }] : [],
    ),
  };
}

/** If nothing else has to be done, the renewals are what an apply would do. */
function withRenewals(forecast: Forecast, renewals: readonly CertificateState[]): Forecast {
  if (renewals.length === 0 || forecast.kind !== 'plan' || forecast.plan.kind !== 'none') return forecast;
  return { ...forecast, plan: renewalPlan(renewals) };
}

function forecastOf(decision: Decision, outcome: Outcome | undefined, unread: Outcome | undefined): Forecast {
  if (outcome !== undefined && outcome.kind !== 'unchanged') return { kind: 'outcome', outcome };
  const { plan, leftOut } = planOf(decision);
  const isPutInPlace = decision.kind === 'reload' || decision.kind === 'rewrite';
  return isPutInPlace && unread !== undefined
    ? { kind: 'outcome', outcome: unread }
    : { kind: 'plan', plan, leftOut };
}

function planOf(decision: Decision): { readonly plan: ApplyPlan; readonly leftOut: readonly Blame[] } {
  if (decision.kind === 'keep') return { plan: NOTHING, leftOut: decision.attempt?.target.leftOut ?? [] };
  const isChange = 'plan' in decision || decision.kind === 'reload';
  if (!isChange) throw new Error(`a rehearsal doesn't end with ${decision.kind}`);
  const { leftOut } = decision.attempt.target;
  if (decision.kind === 'runtime') return { plan: decision.plan, leftOut };
  const isReload = decision.kind === 'reload';
  return {
    plan: isReload ? { kind: 'reload', reasons: decision.reasons } : { kind: decision.plan },
    leftOut,
  };
}

function renewalPlan(certificates: readonly CertificateState[]): ApplyPlan {
  const reasons = certificates.map(({ file }) => `certificate ${file} changed`);
  return { kind: 'runtime', changes: [], reasons };
}

const NOTHING: ApplyPlan = { kind: 'none' };
