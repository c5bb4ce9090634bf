import { planApply, withServersOf } from '@kubefigurator/haproxy-config';
import { targetOf } from './attempt.ts';
import type { ServersAhead, Target } from './decision.ts';
import type { Observation } from './observation.ts';

/**
 * The running text with those servers of the target that need no reload. It keeps its own revision, since most of the
 * newer one is still to come. Undefined if there are no such servers, or if HAProxy isn't proven to run the last known
 * good release.
 */
export function serversAhead(target: Target, observation: Observation): ServersAhead | undefined {
  const { running, good, allowsRuntime } = observation;
  const text = running && withServersOf(running, target);
  if (running === undefined || text === undefined || good === undefined || running.text !== good.release.text)
    return undefined;
  const plan = planApply(running, text, { runtime: allowsRuntime });
  if (plan.kind !== 'runtime') return undefined;
  const { revision, published } = good.ledger;
  const lowered = { ...text, files: running.files };
  return { target: targetOf(lowered, { revision, published, copies: new Map() }, [], observation), plan };
}
