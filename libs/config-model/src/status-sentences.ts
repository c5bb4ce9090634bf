import type { DriftCounts } from './drift.ts';
import { countPresent, DRIFT_KINDS, isHostDrift, isOngoing } from './drift.ts';
import type { HostNameShared } from './host-presence.ts';
import { describeAgent } from './host-presence.ts';
import type { CertificateStatus, HostStatus, PendingText } from './host-status.ts';
import type { Freeze } from './outcome.ts';
import type { SourceRef } from './source.ts';
import { formatSource } from './source.ts';

/** Why a host is not in sync, one sentence for each reason; empty if, as far as is known, HAProxy runs all of what etcd has. */
export function troublesOfStatus(status: HostStatus): readonly string[] {
  const { outcome, blindSince, frozen, pending } = status;
  const troubles: string[] = [];
  if (frozen !== undefined) troubles.push(describeFreeze(frozen));
  if (blindSince !== undefined) troubles.push(`etcd has not been heard since ${blindSince}`);
  if (pending !== undefined) troubles.push(describePending(pending));
  if (outcome === undefined) troubles.push(describeNoOutcome(status));
  else if (outcome.kind !== 'frozen' && !isWhole(status)) troubles.push(outcome.summary);
  return [...troubles, ...driftTroubles(status), ...certificateTroubles(status)];
}

/** What an operator has to correct although it doesn't affect whether the host is in sync, one sentence for each fault. */
export function warningsOfStatus(status: HostStatus): readonly string[] {
  const { host, hostNameShared, copyFailure, reloadTrouble } = status;
  return [
    ...(hostNameShared === undefined ? [] : [describeSharedName(host, hostNameShared)]),
    ...(copyFailure === undefined ? [] : [`copies of certificates can't be written: ${copyFailure}`]),
    ...(reloadTrouble === undefined ? [] : [`a reload or a start of HAProxy would fail: ${reloadTrouble}`]),
    ...unnamedHostWarnings(status),
  ];
}

function unnamedHostWarnings({ certificates = [], unnamedHostsCount = 0 }: HostStatus): readonly string[] {
  const listed = certificates.flatMap(({ file, sources, unnamedHosts }) =>
    unnamedHosts === undefined
      ? []
      : [`certificate ${file}${ownersOf(sources)} ${describeUnnamed(unnamedHosts)}`],
  );
  const rest = unnamedHostsCount - listed.length;
  return [...listed, ...(rest > 0 ? [`${rest} more certificates without a name that clients ask for`] : [])];
}

function describeUnnamed(hosts: readonly string[]): string {
  return `doesn't name ${hosts.join(', ')}: clients refuse it there`;
}

function describeSharedName(host: string, { since, self, others }: HostNameShared): string {
  const agents = [self, ...others];
  const fault = `${agents.length} agents have shared the host name ${host} since ${since} and overwrite each other's status in etcd`;
  const names = agents.map(describeAgent).join('; ');
  return `${fault}; give each host a name of its own with --host-name: ${names}`;
}

/**
 * The number of present findings by kind. If a status has no counts, the listed findings are counted, which may not
 * be all.
 */
export function driftCountsOf({ drift, driftCounts }: HostStatus): DriftCounts {
  return driftCounts ?? countPresent(drift);
}

function driftTroubles(status: HostStatus): readonly string[] {
  const listed = status.drift.filter((finding) => isOngoing(finding) && isHostDrift(finding.kind));
  const counts = driftCountsOf(status);
  const count = DRIFT_KINDS.filter(isHostDrift).reduce((sum, kind) => sum + (counts[kind] ?? 0), 0);
  const rest = count - listed.length;
  return [
    ...listed.map(({ kind, what, since }) => `${what}: ${kind} since ${since}`),
    ...(rest > 0 ? [`${rest} more findings of drift`] : []),
  ];
}

function certificateTroubles({
  certificates = [],
  certificateTroubleCount = 0,
}: HostStatus): readonly string[] {
  const listed = certificates.filter(({ trouble }) => trouble !== undefined);
  const rest = certificateTroubleCount - listed.length;
  return [
    ...listed.map((certificate) => `certificate ${describeCertificate(certificate)}`),
    ...(rest > 0 ? [`${rest} more certificates`] : []),
  ];
}

function validUntil(notAfter: string | undefined): string {
  return notAfter === undefined ? 'valid until an unknown time' : `valid until ${notAfter}`;
}

/**
 * `notAfter` is that of the certificate that HAProxy serves. If the trouble names the same time, HAProxy serves the expired
 * certificate itself; `libs/rollout/src/renewal.ts` writes this text.
 */
function whatIsServed(notAfter: string | undefined, trouble: string): string {
  return trouble === `it expired at ${notAfter}`
    ? 'HAProxy serves it all the same'
    : `HAProxy serves the one before, ${validUntil(notAfter)}`;
}

/** `<file> of <Services>: <what is wrong, and> until when it is valid`. */
export function describeCertificate(certificate: CertificateStatus): string {
  const { file, sources, notAfter, trouble, unnamedHosts } = certificate;
  const owners = ownersOf(sources);
  if (certificate.isFolder) return `${file}${owners}: ${trouble ?? 'it has grown too far'}`;
  const until = validUntil(notAfter);
  const served = trouble === undefined ? until : `${trouble}; ${whatIsServed(notAfter, trouble)}`;
  const start = certificate.blocksStart ? ', AND CAN NOT START AGAIN until the file is correct' : '';
  const copy = certificate.isForgotten ? '; forgotten: there is no copy of it' : '';
  const unnamed = unnamedHosts === undefined ? '' : `; it ${describeUnnamed(unnamedHosts)}`;
  return `${file}${owners}: ${served}${start}${copy}${unnamed}`;
}

function ownersOf(sources: readonly SourceRef[]): string {
  return sources.length === 0 ? '' : ` of ${sources.map(formatSource).join(', ')}`;
}

function describePending({ revision, since, checkedSince }: PendingText): string {
  const what = revision === undefined ? 'what etcd has' : `revision ${revision}`;
  return checkedSince === undefined
    ? `${what}, seen at ${since}, is not applied yet`
    : `${what} is being checked since ${checkedSince} (haproxy -c)`;
}

function describeNoOutcome({ seen }: HostStatus): string {
  if (seen === undefined) return 'nothing has come from etcd yet';
  return 'the first pass since the agent started is not finished yet';
}

/** `frozen since … by …: reason`. */
export function describeFreeze({ since, by, reason }: Freeze): string {
  return `frozen since ${since} by ${by}${reason === undefined ? '' : `: ${reason}`}`;
}

/** True if HAProxy runs the text of the last pass with all its parts. */
function isWhole({ outcome, leftOutCount }: HostStatus): boolean {
  return (outcome?.kind === 'applied' || outcome?.kind === 'unchanged') && leftOutCount === 0;
}
