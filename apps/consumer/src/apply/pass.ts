import type { Outcome } from '@kubefigurator/config-model';
import type { DriftNews, Memory, Moment, Policy, Trigger, Wanted } from '@kubefigurator/rollout';
import {
  beginPass,
  decide,
  learn,
  observeDrift,
  rememberCauses,
  attemptOfDecision,
  wantsCauses,
  type Answer,
  type Decision,
} from '@kubefigurator/rollout';
import type { HostObservation, Observer } from './observe.ts';

/** What a pass runs on. */
export interface PassContext {
  readonly observer: Observer;
  readonly policy: Policy;
  readonly execute: (decision: Decision, observation: HostObservation) => Promise<Answer>;
  /** Corrects the observation if an earlier agent was killed; in the agent, only in its first pass. */
  readonly recover?: (observation: HostObservation) => Promise<HostObservation>;
  /** Called at the end of each pass that doesn't throw, to keep what it has proven. */
  readonly conclude?: (memory: Memory, observation: HostObservation, wanted: Wanted) => Promise<void>;
  /** Called before each decision is carried out: the watchdog's limit is for one decision, not for the whole pass. */
  readonly onStep?: () => void;
  /** Called with what the observation shows of changes that we didn't make, before anything is decided. */
  readonly onObserved?: (news: DriftNews, memory: Memory, observation: HostObservation) => void;
}

export interface PassInput {
  readonly memory: Memory;
  readonly wanted: Wanted;
  readonly triggers: ReadonlySet<Trigger>;
}

/** A finished pass. */
export interface PassResult {
  readonly memory: Memory;
  /** The decision that ended the pass. */
  readonly decision: Decision;
  /**
   * What became of the text of etcd. Undefined until etcd has answered, unless the host is frozen or the pass threw.
   * Also undefined at the end of a rehearsal whose last decision would have changed something.
   */
  readonly outcome: Outcome | undefined;
  /**
   * The outcome of the repair of an edited file; undefined if there was none, or if the file was only to be read
   * again for a certificate.
   */
  readonly repair: Outcome | undefined;
}

/**
 * A pass takes a decision for each part that is left out, for each step of the search for a part that HAProxy didn't
 * name, and a few more. More than this means a bug.
 */
const MOST_DECISIONS = 60;

/** One pass: observe, then decide, execute and learn until a decision ends it. */
export async function runPass(input: PassInput, context: PassContext): Promise<PassResult> {
  const { wanted, triggers } = input;
  const at = momentOf(triggers, context.policy);
  let memory = beginPass(input.memory, wanted, at);
  const seen = await context.observer.observe(memory, triggers);
  const observation = (await context.recover?.(seen)) ?? seen;
  const { record, news } = observeDrift(memory.drift, observation, {
    file: context.policy.file,
    at: new Date().toISOString(),
  });
  memory = { ...memory, drift: record };
  context.onObserved?.(news, memory, observation);
  for (let count = 0; count < MOST_DECISIONS; count += 1) {
    const decision = decide(observation, wanted, memory, { ...at, now: performance.now() });
    context.onStep?.();
    const answer = await context.execute(decision, observation);
    memory = learn(memory, decision, answer, { observation, wanted, at: { ...at, now: performance.now() } });
    if (answer.kind !== 'done') continue;
    await context.conclude?.(memory, observation, wanted);
    return { memory: await withCauses(memory, context.observer), decision, ...outcomesOf(decision, answer) };
  }
  throw new Error(`no end after ${MOST_DECISIONS} decisions`);
}

function momentOf(triggers: ReadonlySet<Trigger>, policy: Policy): Moment {
  return { now: performance.now(), random: Math.random(), triggers, policy };
}

/** Right after a refusal, takes the fingerprint of its possible causes, so that a later change is noticed. */
async function withCauses(memory: Memory, observer: Observer): Promise<Memory> {
  if (!wantsCauses(memory)) return memory;
  const causes = await observer.causes(memory);
  return causes === undefined ? memory : rememberCauses(memory, causes);
}

/** A repair decides nothing about the text of etcd, which keeps the outcome that it had. */
function outcomesOf(
  decision: Decision,
  { outcome }: Extract<Answer, { kind: 'done' }>,
): Pick<PassResult, 'outcome' | 'repair'> {
  const purpose = attemptOfDecision(decision)?.purpose;
  return purpose?.kind === 'repair'
    ? { outcome: purpose.standing, repair: purpose.isRenewal ? undefined : outcome }
    : { outcome, repair: undefined };
}
