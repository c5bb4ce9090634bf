import type {
  AppliedHow,
  Blame,
  CertificateStatus,
  DriftFinding,
  Freeze,
  HostNameShared,
  HostStatus,
  PendingText,
} from '@kubefigurator/config-model';
import {
  compareText,
  countPresent,
  HOST_STATUS_VERSION,
  isHostDrift,
  isOngoing,
  MOST_SOURCES,
  troublesOfStatus,
  warningsOfStatus,
} from '@kubefigurator/config-model';
import { VERSION } from '@kubefigurator/daemon';
import type { Reading } from '@kubefigurator/etcd-store';
import type { HaproxyState } from '@kubefigurator/rollout';
import { hashOfPublished, revisionOf } from '../apply/judge-reading.ts';
import type { Ledger } from '../state/ledger.ts';
import type { News } from './describe.ts';
import { describeOutcome, leftOutOfOutcome } from './describe.ts';

/** An outcome with the time at which it was first reported. */
export interface DatedNews extends News {
  readonly at: string;
}

/** Everything a status is made of. */
export interface StatusParts {
  readonly host: string;
  readonly startedAt: string;
  /** This agent's process; undefined without /proc. */
  readonly process?: HostStatus['process'];
  readonly reading: Reading | undefined;
  readonly news: DatedNews | undefined;
  /** What was seen and waits for its outcome for too long. */
  readonly pending: PendingText | undefined;
  readonly ledger: Ledger | undefined;
  readonly freeze: Freeze | undefined;
  readonly haproxy: HaproxyState | undefined;
  readonly blindSince: string | undefined;
  readonly hostNameShared: HostNameShared | undefined;
  /** All findings, in any order. */
  readonly drift: readonly DriftFinding[];
  /** All certificates, in any order. */
  readonly certificates: readonly CertificateStatus[];
  /** Why copies of certificates can't be written; undefined if all are. */
  readonly copyFailure: string | undefined;
  /** Why HAProxy could not be reloaded; undefined if it could, as far as is known. */
  readonly reloadTrouble?: string | undefined;
}

/** Every host writes its status to etcd, so everything that can be long is cut. */
const MOST_LEFT_OUT = 20;
const MOST_NAMESPACES = 50;
const MOST_DRIFT = 50;
const MOST_CERTIFICATES = 20;
const MOST_UNNAMED_HOSTS = 5;
const LONGEST_TEXT = 500;

/** The status of a host, from what the agent knows. */
export function composeStatus(parts: StatusParts): HostStatus {
  const { host, startedAt, reading, news, ledger, freeze, haproxy, blindSince, drift, certificates } = parts;
  const processes = haproxy?.kind === 'up' ? haproxy.processes : undefined;
  const leftOut = news === undefined ? [] : leftOutOfOutcome(news.outcome);
  const unnamed = certificates.filter(({ unnamedHosts }) => unnamedHosts !== undefined).length;
  return {
    version: HOST_STATUS_VERSION,
    host,
    startedAt,
    ...given('process', parts.process),
    versions: { consumer: VERSION, ...given('haproxy', processes?.master.version) },
    ...given('seen', seenOf(reading)),
    ...given('applied', appliedOf(ledger)),
    ...given('pending', parts.pending),
    ...given('outcome', outcomeOf(news)),
    leftOut: leftOut.slice(0, MOST_LEFT_OUT).map(shortened),
    leftOutCount: leftOut.length,
    ...given('leftOutNamespaces', namespacesOf(leftOut)),
    oldWorkers: processes?.oldWorkers.length ?? 0,
    ...given('blindSince', blindSince),
    ...given('frozen', freeze),
    ...given('hostNameShared', parts.hostNameShared),
    drift: orderFindings(drift).slice(0, MOST_DRIFT),
    driftCount: drift.length,
    driftCounts: countPresent(drift),
    certificates: orderCertificates(certificates).slice(0, MOST_CERTIFICATES).map(briefly),
    certificateCount: certificates.length,
    ...given('copyFailure', parts.copyFailure?.slice(0, LONGEST_TEXT)),
    certificateTroubleCount: certificates.filter(({ trouble }) => trouble !== undefined).length,
    ...given('reloadTrouble', parts.reloadTrouble?.slice(0, LONGEST_TEXT)),
    ...given('unnamedHostsCount', unnamed === 0 ? undefined : unnamed),
  };
}

/**
 * All namespaces of what is left out, since the list of parts may be cut: one namespace with many parts would hide
 * whether the others are served. Undefined if nothing is left out, or if there are too many namespaces.
 */
function namespacesOf(leftOut: readonly Blame[]): readonly string[] | undefined {
  if (leftOut.length === 0) return undefined;
  const names = new Set(leftOut.flatMap(({ sources }) => sources.map(({ namespace }) => namespace)));
  return names.size > MOST_NAMESPACES ? undefined : [...names].sort(compareText);
}

/**
 * Gives the news a time. If revision, kind and text of the outcome are those of the news before, all of the news
 * before is kept, with its time and duration, so that an unchanged status isn't written again.
 */
export function dateNews(before: DatedNews | undefined, news: News, at: string): DatedNews {
  const keyOf = ({ revision, outcome }: News): string =>
    JSON.stringify([revision, outcome.kind, describeOutcome(outcome)]);
  return before !== undefined && keyOf(before) === keyOf(news) ? before : { ...news, at };
}

/** One sentence for systemd's status line. */
export function systemdSentenceOf(status: HostStatus): string {
  const warnings = warningsOfStatus(status).map((warning) => `; WARNING: ${warning}`);
  return `${syncSentenceOf(status)}${warnings.join('')}`;
}

function syncSentenceOf(status: HostStatus): string {
  const troubles = troublesOfStatus(status);
  const { applied, seen } = status;
  if (troubles.length === 0 && applied !== undefined)
    return `in sync: revision ${applied.revision} applied (${applied.how}) at ${applied.at}`;
  const runs = applied === undefined ? 'what it had' : `revision ${applied.revision}`;
  const wanted = seen?.revision === undefined ? '' : `, etcd has ${seen.revision}`;
  return `NOT in sync: ${troubles.join('; ')}; HAProxy runs ${runs}${wanted}`;
}

/** What makes the host not in sync comes first, then held servers, then ended findings with the latest first. */
function orderFindings(findings: readonly DriftFinding[]): readonly DriftFinding[] {
  const present = findings.filter(isOngoing);
  const ended = findings.filter((finding) => !isOngoing(finding));
  return [
    ...present.filter(({ kind }) => isHostDrift(kind)),
    ...present.filter(({ kind }) => !isHostDrift(kind)),
    ...ended.sort((a, b) => compareText(b.endedAt ?? '', a.endedAt ?? '')),
  ];
}

/** Those with trouble come first, then those without a name that clients ask for, then those that expire next. */
export function orderCertificates(certificates: readonly CertificateStatus[]): readonly CertificateStatus[] {
  const rankOf = ({ trouble, unnamedHosts }: CertificateStatus): number =>
    trouble !== undefined ? 0 : unnamedHosts !== undefined ? 1 : 2;
  const keyOf = (certificate: CertificateStatus): string =>
    `${rankOf(certificate)} ${certificate.notAfter ?? ''} ${certificate.file}`;
  return [...certificates].sort((a, b) => compareText(keyOf(a), keyOf(b)));
}

/** A certificate with its long fields cut. */
function briefly({ sources, trouble, unnamedHosts, ...certificate }: CertificateStatus): CertificateStatus {
  return {
    ...certificate,
    sources: sources.slice(0, MOST_SOURCES),
    ...given('trouble', trouble?.slice(0, LONGEST_TEXT)),
    ...given('unnamedHosts', unnamedHosts?.slice(0, MOST_UNNAMED_HOSTS)),
  };
}

/** An object with this property, or an empty one if the value is undefined. */
function given<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [N in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [N in Name]?: Value });
}

function shortened({ sources, message }: Blame): Blame {
  return { sources: sources.slice(0, MOST_SOURCES), message: message.slice(0, LONGEST_TEXT) };
}

function seenOf(reading: Reading | undefined): HostStatus['seen'] {
  if (reading === undefined) return undefined;
  return { ...given('revision', revisionOf(reading)), ...given('hash', hashOfPublished(reading)) };
}

const KNOWN_METHODS: ReadonlySet<string> = new Set<AppliedHow>([
  'none',
  'runtime',
  'reload',
  'restart',
  'command',
]);

function appliedOf(ledger: Ledger | undefined): HostStatus['applied'] {
  if (ledger === undefined) return undefined;
  const { revision, hash, appliedAt: at, method, worker } = ledger;
  return { revision, hash, how: worker === undefined ? 'unproven' : howOf(method), at };
}

/** Methods that aren't known here, such as `found running`, needed nothing to be done. */
function howOf(method: string): AppliedHow {
  return KNOWN_METHODS.has(method) ? (method as AppliedHow) : 'none';
}

function outcomeOf(news: DatedNews | undefined): HostStatus['outcome'] {
  if (news === undefined) return undefined;
  const summary = describeOutcome(news.outcome).slice(0, LONGEST_TEXT);
  return { kind: news.outcome.kind, summary, at: news.at, durationMs: Math.round(news.durationMs) };
}
