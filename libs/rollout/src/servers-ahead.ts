import { planApply, withServersOf } from '@kubefigurator/haproxy-config';
import { lowerTarget } from './attempt.ts';
import type { Answer, Decision, ServersAhead, Target } from './decision.ts';
import type { Memory } from './memory.ts';
import type { Observation } from './observation.ts';
import type { Wanted } from './wanted.ts';

/**
 * The running text with those servers of the target that need no reload. It keeps its own revision, since most of the
 * newer one is still to come. Undefined if there are no such servers, or if HAProxy isn't proven to run the last known
 * good release.
 */
export function serversAhead(target: Target, observation: Observation): ServersAhead | undefined {
  const { running, good, allowsRuntime } = observation;
  if (running === undefined || good === undefined || running.text !== good.release.text) return undefined;
  const ahead = withServersOf(running, target);
  if (ahead === undefined) return undefined;
  const plan = planApply(running, ahead, { runtime: allowsRuntime });
  if (plan.kind !== 'runtime') return undefined;
  const { revision, published } = good.ledger;
  const lowered = { ...ahead, files: running.files };
  return { target: lowerTarget(lowered, { revision, published, copies: new Map() }, [], observation), plan };
}

/** The hash of the text that the gate refused and whose servers HAProxy has got by now; undefined if there is none. */
export function hashOfServersAhead(
  { serversOf }: Pick<Memory, 'serversOf'>,
  { kind }: Decision,
  { outcome }: Extract<Answer, { kind: 'done' }>,
  wanted: Wanted,
): string | undefined {
  const hash = wanted.kind === 'refused' ? wanted.sound?.hash : undefined;
  const areChangedNow = kind === 'servers' && outcome?.kind === 'rejected';
  const wereChangedBefore = serversOf === hash;
  return areChangedNow || wereChangedBefore ? hash : undefined;
}
