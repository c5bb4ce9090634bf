import { compareText, type HostAgent, type HostPresence } from '@kubefigurator/config-model';

/** What an agent has found in the presence key of its host in its last looks, since its own presence was there. */
export interface NameWatch {
  /** The newest look first; undefined if no other agent had replaced our presence. */
  readonly looks: readonly (HostPresence | undefined)[];
  /** Whether another agent with the same host name runs. */
  readonly isShared: boolean;
}

export const UNSHARED: NameWatch = { looks: [], isShared: false };

/** How many looks count: two agents whose looks change their order may miss each other once. */
const LOOKS = 3;
/**
 * One foreign presence proves nothing: a restored etcd has an old one, and a put may outlive the agent that was killed
 * while it was on its way. Only an agent that runs replaces ours again after we have replaced its own.
 */
const PROOF = 2;

/**
 * Adds what one more look found, and judges whether the name is shared. Looks are counted, not timed, so that neither
 * clocks nor an outage of etcd change the verdict.
 */
export function judgePresence(watch: NameWatch, found: HostPresence | undefined): NameWatch {
  const looks = [found, ...watch.looks].slice(0, LOOKS);
  const count = looks.filter((each) => each !== undefined).length;
  return { looks, isShared: count >= PROOF || (watch.isShared && count > 0) };
}

/** The agents that replaced our presence, always in the same order. */
export function foundAgents(watch: NameWatch): readonly HostAgent[] {
  return ordered(newest(watch).map(agentOf));
}

/**
 * The same, and those that they have found themselves: with three agents, one may replace only one other's presence.
 * `isSelf` is true for this agent with any addresses that it has had.
 */
export function knownAgents(watch: NameWatch, isSelf: (agent: HostAgent) => boolean): readonly HostAgent[] {
  const named = newest(watch).flatMap(({ sharedWith = [] }) => sharedWith);
  return ordered([...named.filter((agent) => !isSelf(agent)), ...foundAgents(watch)]);
}

/** The newest presence of each agent that was found. */
function newest({ looks, isShared }: NameWatch): readonly HostPresence[] {
  const found = isShared ? looks.flatMap((each) => each ?? []) : [];
  return found.filter((each, index) => found.findIndex((one) => agentKey(one) === agentKey(each)) === index);
}

/** A machine that was cloned while its agent ran has the same id, but not for long the same addresses. */
export function agentKey({ id, addresses }: HostAgent): string {
  return [id, ...addresses].join(' ');
}

function agentOf({ id, machine, addresses, pid, startedAt }: HostAgent): HostAgent {
  return { id, machine, addresses, pid, startedAt };
}

/** Each agent once; the last one counts. */
function ordered(agents: readonly HostAgent[]): readonly HostAgent[] {
  const byKey = new Map(agents.map((agent) => [agentKey(agent), agent]));
  return [...byKey.values()].sort((a, b) => compareText(agentKey(a), agentKey(b)));
}
