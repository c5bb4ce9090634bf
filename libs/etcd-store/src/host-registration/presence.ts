import {
  describeAgent,
  HOST_PRESENCE_VERSION,
  parseHostPresence,
  type HostAgent,
  type HostNameShared,
  type HostPresence,
} from '@kubefigurator/config-model';
import { createAlarm, type Logger } from '@kubefigurator/daemon';
import type { Entry } from '../keys/entry.ts';
import type { Ensured } from '../transaction/ensure-value.ts';
import { foundAgents, judgePresence, agentKey, knownAgents, UNSHARED, type NameWatch } from './name-watch.ts';

export interface PresenceOptions {
  /** The name of the host. */
  readonly host: string;
  /** This agent; called at each beat, since addresses change. */
  readonly self: () => HostAgent;
  /** Makes the presence key hold this text on the lease. */
  readonly ensure: (text: string, leaseId: string) => Promise<Ensured<string>>;
  readonly log: Logger;
  /** Called when other agents are found to have the name of this host, when they change, and with undefined when they are gone. */
  readonly onShared: (shared: HostNameShared | undefined) => void;
  /**
   * Called if our presence had to be written because the key was missing or held that of another agent; not while the
   * name is known to be shared.
   */
  readonly onLost: () => void;
}

const HINT =
  'give each host a name of its own with --host-name; until then each overwrites the status of the other';

/**
 * Returns the function of one beat, which keeps the presence of this agent in etcd, and finds other agents that write the
 * same key. It rejects if etcd can't be asked.
 */
export function createPresence(options: PresenceOptions): (leaseId: string) => Promise<void> {
  const report = createReport(options);
  /** What we wrote last, and what we have tried to write since: etcd may have it, although we got no answer. */
  const ours = new Set<string>();
  let watch = UNSHARED;
  let wasPut = false;

  async function write(text: string, leaseId: string): Promise<Written> {
    ours.add(text);
    const ensured = await options.ensure(text, leaseId);
    const before = ensured.kind === 'written' ? valueOf(ensured.before) : undefined;
    const found = before === undefined || ours.has(before) ? undefined : parseHostPresence(before);
    ours.clear();
    ours.add(text);
    return { isWritten: ensured.kind === 'written', hadNoText: before === undefined, found };
  }

  return async (leaseId) => {
    const self = options.self();
    const text = presenceOf(self, watch);
    const { isWritten, hadNoText, found } = await write(text, leaseId);
    // What the key held before our first put may be from the agent that ran on this host before.
    if (wasPut) watch = judgePresence(watch, found);
    wasPut = true;
    report(self, watch);
    const isLost = isWritten && (hadNoText || found !== undefined);
    if (isLost && !watch.isShared) options.onLost();
    // If the key held our presence, the list of other agents in it is corrected at once. If the key held that of another
    // agent, the next beat corrects it, so that two agents with one name replace each other once a beat and not more often.
    const next = presenceOf(self, watch);
    if (!isWritten && next !== text) await write(next, leaseId);
  };
}

interface Written {
  /** False if the key held our presence, so that nothing was written. */
  readonly isWritten: boolean;
  /** True if there was no text to compare: the key was absent or unreadable, or nothing had to be written. */
  readonly hadNoText: boolean;
  /** The presence of another agent that ours has replaced. */
  readonly found: HostPresence | undefined;
}

function valueOf(entry: Entry<string> | undefined): string | undefined {
  return entry !== undefined && 'value' in entry.value ? entry.value.value : undefined;
}

function presenceOf(self: HostAgent, watch: NameWatch): string {
  const sharedWith = foundAgents(watch);
  const presence: HostPresence = { version: HOST_PRESENCE_VERSION, ...self };
  return JSON.stringify(sharedWith.length === 0 ? presence : { ...presence, sharedWith });
}

function createReport({ host, log, onShared }: PresenceOptions): (self: HostAgent, watch: NameWatch) => void {
  const alarm = createAlarm();
  /** Machine and addresses of each agent that was logged since the name is shared: an agent that restarts has a new id each time. */
  const places = new Set<string>();
  /** This agent with all the addresses that it has had: another agent may still name the former ones. */
  const selves = new Set<string>();
  let since: string | undefined;
  let reported: string | undefined;

  function tell(shared: HostNameShared | undefined): void {
    const text = shared && JSON.stringify(shared);
    if (text !== reported) onShared(shared);
    reported = text;
  }

  return (self, watch) => {
    selves.add(agentKey(self));
    if (watch.isShared) {
      since ??= new Date().toISOString();
      const others = knownAgents(watch, (agent) => selves.has(agentKey(agent)));
      for (const { machine, addresses } of others) places.add([machine, ...addresses].join());
      const level = alarm.raise('warn', String(places.size));
      log[level]({ host, others: others.map(describeAgent), hint: HINT }, 'host-name.duplicated');
      tell({ since, self, others });
      return;
    }
    const level = alarm.end();
    if (level !== undefined) log[level]({ host }, 'host-name.recovered');
    places.clear();
    since = undefined;
    tell(undefined);
  };
}
