import type { Outcome } from '@kubefigurator/config-model';
import type { DriftNews, Memory, Moment, Policy, Trigger, Wanted } from '@kubefigurator/rollout';
import {
  beginPass,
  decide,
  learn,
  observeDrift,
  rememberCauses,
  triedBy,
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
  /** Corrects an observation after a killed agent: the agent does so in its first pass only. */
  readonly recover?: (observation: HostObservation) => Promise<HostObservation>;
  /** Called at the end of a pass, to keep what it has proven. */
  readonly conclude?: (memory: Memory, observation: HostObservation, wanted: Wanted) => Promise<void>;
  /** Called before each decision is carried out: no step takes longer than its own limit, however many there are. */
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
  /** What became of the text of etcd; undefined as long as etcd has not answered. */
  readonly outcome: Outcome | undefined;
  /** The outcome of a repair of the live file; undefined if no repair was tried. */
  readonly repair: Outcome | undefined;
}

/** A pass takes a decision for each part that is left out, and a few more; beyond this it is a bug. */
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

function outcomesOf(
  decision: Decision,
  { outcome }: Extract<Answer, { kind: 'done' }>,
): Pick<PassResult, 'outcome' | 'repair'> {
  const purpose = triedBy(decision)?.purpose;
  return purpose?.kind === 'repair'
    ? { outcome: purpose.standing, repair: purpose.isRenewal ? undefined : outcome }
    : { outcome, repair: undefined };
}
