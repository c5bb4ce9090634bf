import type { Check } from './shape.ts';
import { anInteger, aText, listOf, objectOf, oneOf, optional } from './shape.ts';

/** The version of the JSON below `<path>/alive/`. */
export const HOST_PRESENCE_VERSION = 1;

/** One run of an agent, and where to find it. */
export interface HostAgent {
  /** Random for each run, since a cloned machine has the ids and files of its original. */
  readonly id: string;
  /** The name of the machine, which may differ from the host's name in etcd. */
  readonly machine: string;
  /** The first addresses of the machine. */
  readonly addresses: readonly string[];
  readonly pid: number;
  /** ISO 8601 in UTC. */
  readonly startedAt: string;
}

/** The presence of a host, under `<path>/alive/<host>`. */
export interface HostPresence extends HostAgent {
  readonly version: typeof HOST_PRESENCE_VERSION;
  /** The agents that the writer has found under its own host name; absent if there are none. */
  readonly sharedWith?: readonly HostAgent[];
}

/** Several running agents with one host name, as one of them sees it. */
export interface HostNameShared {
  /** When it was found; ISO 8601 in UTC. */
  readonly since: string;
  /** The agent that says so. */
  readonly self: HostAgent;
  /** The other agents that are known, at least one. */
  readonly others: readonly HostAgent[];
}

const agentFields = { id: aText, machine: aText, addresses: listOf(aText), pid: anInteger, startedAt: aText };
const agent = objectOf(agentFields);

/** Accepts what `HostNameShared` describes. */
export const hostNameSharedShape: Check = objectOf({ since: aText, self: agent, others: listOf(agent) });

/** Says what is wrong with a value; undefined for the presence of a host. */
const presenceFault = objectOf({
  ...agentFields,
  version: oneOf([HOST_PRESENCE_VERSION]),
  sharedWith: optional(listOf(agent)),
});

/** The most addresses of an agent, and the most other agents, that are read. */
const MOST = 8;
const LONGEST_TEXT = 255;

/** Reads the presence of any host; undefined for any other text, also for that of an earlier consumer, without `id`. */
export function parseHostPresence(text: string): HostPresence | undefined {
  const value = jsonOf(text);
  if (presenceFault(value) !== undefined) return undefined;
  const { sharedWith, ...self } = value as HostPresence;
  const rest = sharedWith === undefined ? {} : { sharedWith: sharedWith.slice(0, MOST).map(printableAgent) };
  return { version: HOST_PRESENCE_VERSION, ...printableAgent(self), ...rest };
}

/** `pid 812 on lb-1 (10.0.0.5, fd00::5), started at …`. */
export function describeAgent({ machine, addresses, pid, startedAt }: HostAgent): string {
  const at = addresses.length === 0 ? '' : ` (${addresses.join(', ')})`;
  return `pid ${pid} on ${machine}${at}, started at ${startedAt}`;
}

/** The agent with texts that are safe on a terminal, since other hosts have written them. */
function printableAgent({ id, machine, addresses, pid, startedAt }: HostAgent): HostAgent {
  return {
    id: printable(id),
    machine: printable(machine),
    addresses: addresses.slice(0, MOST).map(printable),
    pid,
    startedAt: printable(startedAt),
  };
}

function printable(text: string): string {
  return text.slice(0, LONGEST_TEXT).replace(/[^\x20-\x7e]/g, '?');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
