import { compareText, type HostAgent, type HostPresence } from '@kubefigurator/config-model';

/** What an agent has found in the presence key of its host in its last looks, which begin once it has written the key. */
export interface NameWatch {
  /** The newest look first; a look is undefined if no other agent had replaced our presence. */
  readonly looks: readonly (HostPresence | undefined)[];
  /** Whether another agent with the same host name runs. */
  readonly isShared: boolean;
}

export const UNSHARED: NameWatch = { looks: [], isShared: false };

/** How many looks count: two agents whose looks change their order may miss each other once. */
const MOST_LOOKS = 3;
/**
 * How many looks have to find another agent. One foreign presence proves nothing: a restored etcd has an old one, and a
 * put may arrive after its agent was killed. Only an agent that runs replaces ours again after we have replaced its own.
 */
const LOOKS_FOR_PROOF = 2;

/**
 * Adds what one more look found, and judges whether the name is shared. Looks are counted, not timed, so that neither
 * clocks nor an outage of etcd change the verdict.
 */
export function judgePresence(watch: NameWatch, found: HostPresence | undefined): NameWatch {
  const looks = [found, ...watch.looks].slice(0, MOST_LOOKS);
  const findings = looks.filter((each) => each !== undefined).length;
  const isStillShared = watch.isShared && findings > 0;
  return { looks, isShared: findings >= LOOKS_FOR_PROOF || isStillShared };
}

/** The agents that replaced our presence, always in the same order; none while the name isn't shared. */
export function foundAgents(watch: NameWatch): readonly HostAgent[] {
  return ordered(newest(watch).map(agentOf));
}

/**
 * The agents that replaced our presence, and those that these have found: of three agents that write in turn, each
 * replaces only the presence of the one before it. `isSelf` is true for this agent with any addresses that it has had.
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

/** What tells agents apart: a machine that was cloned while its agent ran has the same id, but soon other addresses. */
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
