import type { RegisteredHost } from '@kubefigurator/etcd-store';
import { isJudgement, plain } from './host-reports.ts';

/** A Service in a text that was published. */
export interface PublishedService {
  readonly namespace: string;
  readonly name: string;
  /** The revision of the text; a later one holds the Service as well. */
  readonly revision: string;
}

/**
 * Where a Service is live that was just published. `left-out`: a host leaves a part of it out, which another Event says.
 * `waits`: not every host that is alive runs the text yet.
 */
export interface LiveReport {
  readonly state: 'live' | 'left-out' | 'waits';
  /** `live on 2 of 2 hosts`: of all that are registered. */
  readonly note: string;
}

const MOST_NAMED_HOSTS = 3;

/** Judges what hosts say of a Service; undefined while no host is alive. */
export function judgeLive(
  hosts: readonly RegisteredHost[],
  service: PublishedService,
): LiveReport | undefined {
  const alive = hosts.filter(({ isAlive }) => isAlive);
  if (alive.length === 0) return undefined;
  const states = alive.map((host) => stateOnHost(host, service));
  const live = states.filter((state) => state === 'live').length;
  const missing = alive.filter((_host, index) => states[index] !== 'live').map(({ host }) => host);
  const names = missing.length === 0 ? '' : `, not on ${namesOf(missing)}`;
  const note = `live on ${String(live)} of ${String(hosts.length)} ${hosts.length === 1 ? 'host' : 'hosts'}${names}`;
  if (states.includes('waits')) return { state: 'waits', note };
  return { state: states.includes('left-out') ? 'left-out' : 'live', note };
}

function stateOnHost({ status }: RegisteredHost, service: PublishedService): LiveReport['state'] {
  if (status?.kind !== 'status' || !isJudgement(status.status)) return 'waits';
  const { seen, outcome, leftOut } = status.status;
  if (outcome?.kind === 'rejected' || seen === undefined) return 'waits';
  if (!isAsNew(seen.revision, service.revision)) return 'waits';
  const isLeftOut = leftOut.some(({ sources }) =>
    sources.some((each) => each.namespace === service.namespace && each.service === service.name),
  );
  return isLeftOut ? 'left-out' : 'live';
}

/** True for the same revision or a later one; a host may know its text under no revision. */
function isAsNew(seen: string | undefined, revision: string): boolean {
  if (seen === undefined || !/^\d{1,20}$/.test(seen)) return false;
  return BigInt(seen) >= BigInt(revision);
}

function namesOf(hosts: readonly string[]): string {
  const more = hosts.length - MOST_NAMED_HOSTS;
  const named = hosts.slice(0, MOST_NAMED_HOSTS).map(plain).join(', ');
  return more > 0 ? `${named} and ${String(more)} more` : named;
}
