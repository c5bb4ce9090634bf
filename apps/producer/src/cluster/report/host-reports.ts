import { type HostStatus, sourceKey, type SourceRef } from '@kubefigurator/config-model';
import type { RegisteredHost } from '@kubefigurator/etcd-store';
import type { Diagnostic } from '@kubefigurator/translator';

/** What one host leaves out, with the reason, by `sourceKey` of the Service's port. */
export type LeftOutOfHost = ReadonlyMap<string, { readonly source: SourceRef; readonly message: string }>;
/** What each registered host leaves out, by the host's name; without those that never judged a text. */
export type LeftOutByHost = ReadonlyMap<string, LeftOutOfHost>;

const MOST_NAMED_HOSTS = 3;
/** A reason, or a host's name, is cut to so many characters; a whole note may have 1,024 bytes. */
const LONGEST_REASON = 500;

/**
 * What hosts leave out after this report. A host that doesn't judge the text at the moment (it was just started, is
 * frozen, or its status can't be read) keeps what it left out before. A host that isn't registered any more is dropped.
 */
export function takeReports(before: LeftOutByHost, hosts: readonly RegisteredHost[]): LeftOutByHost {
  return new Map(
    hosts.flatMap(({ host, status }) => {
      const hasJudged = status?.kind === 'status' && isJudgement(status.status);
      const known = hasJudged ? leftOutOf(status.status) : before.get(host);
      return known === undefined ? [] : [[host, known] as const];
    }),
  );
}

/**
 * `live on 2 of 2 hosts`: how many hosts serve a port of a Service, of all that are registered. Counted are those that
 * are alive and applied the text in etcd without leaving the port out.
 */
export function describeLive(
  hosts: readonly RegisteredHost[],
  { namespace, service, port }: SourceRef,
): string {
  const key = sourceKey({ namespace, service, port });
  const live = hosts.filter(({ isAlive, status }) => {
    if (!isAlive || status?.kind !== 'status' || !isJudgement(status.status)) return false;
    const { outcome } = status.status;
    return outcome?.kind !== 'rejected' && !leftOutOf(status.status).has(key);
  });
  return `live on ${String(live.length)} of ${String(hosts.length)} ${hosts.length === 1 ? 'host' : 'hosts'}`;
}

/** True if the host's last pass judged the text and nothing waits to be applied. */
export function isJudgement({ outcome, pending }: HostStatus): boolean {
  if (outcome === undefined || pending !== undefined) return false;
  return outcome.kind === 'applied' || outcome.kind === 'unchanged' || outcome.kind === 'rejected';
}

function leftOutOf({ leftOut }: HostStatus): LeftOutOfHost {
  const parts = leftOut.flatMap(({ sources, message }) =>
    sources.map((source) => [sourceKey(source), { source, message }] as const),
  );
  return new Map(parts);
}

/** A diagnostic for each port that is left out, which names the first hosts and one reason. */
export function diagnosticsOfHosts(reports: LeftOutByHost): readonly Diagnostic[] {
  const byPort = new Map<string, { readonly source: SourceRef; readonly message: string; hosts: string[] }>();
  for (const [host, leftOut] of reports)
    for (const [key, { source, message }] of leftOut) {
      const entry = byPort.get(key) ?? { source, message, hosts: [] };
      entry.hosts.push(host);
      byPort.set(key, entry);
    }
  return [...byPort.values()].map(({ source, message, hosts }) => ({
    code: 'left-out-on-host',
    severity: 'warning',
    object: { kind: 'Service', namespace: source.namespace, name: source.service },
    port: source.port,
    message: `left out on ${namesOf(hosts)}: ${plain(message)}`,
  }));
}

function namesOf(hosts: readonly string[]): string {
  const more = hosts.length - MOST_NAMED_HOSTS;
  const named = hosts.slice(0, MOST_NAMED_HOSTS).map(plain).join(', ');
  return more > 0 ? `${named} and ${String(more)} more` : named;
}

/**
 * A text of a host, cut, and with ? for control characters and those that change the direction of writing: it is shown
 * in terminals, which obey them.
 */
export function plain(text: string): string {
  return text.slice(0, LONGEST_REASON).replace(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, '?');
}
