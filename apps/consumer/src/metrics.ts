import type { CertificateStatus, DriftFinding, HostStatus, Outcome } from '@kubefigurator/config-model';
import { DRIFT_KINDS, driftCountsOf, serviceKey } from '@kubefigurator/config-model';
import type { Metrics } from '@kubefigurator/daemon';
import { createMetrics } from '@kubefigurator/daemon';
import { isHostInSync, isHostServing, leftOutOfOutcome } from './status/describe.ts';

/** The metrics of the agent; their names and labels are part of the documented interface. */
export interface ConsumerMetrics {
  readonly registry: Metrics;
  /** Shows the revision that etcd has; undefined if the key is missing. */
  readonly seen: (revision: string | undefined) => void;
  /** Counts a pass and shows its outcome; not called for a routine pass that only confirms the outcome before. */
  readonly applied: (outcome: Outcome, revision: string | undefined, seconds: number) => void;
  /** Shows what the status says of freeze, host name, old workers and drift. */
  readonly status: (status: HostStatus) => void;
  /** Shows until when each certificate of the running text is valid, and how many have trouble. */
  readonly certificates: (certificates: readonly CertificateStatus[]) => void;
  /** Counts findings that are new. */
  readonly driftFound: (findings: readonly DriftFinding[]) => void;
  /** Counts a write of the status to etcd. */
  readonly statusWritten: (result: 'written' | 'failed') => void;
}

/** Read at each scrape; times are in seconds. */
export interface ScrapeSources {
  /** Since etcd was last heard. */
  readonly silenceSeconds: () => number;
  /** The same while the connection is lost, else 0. */
  readonly blindSeconds: () => number;
  /** True while a newer revision waits for its outcome for too long. */
  readonly isLate?: () => boolean;
}

/** 0 without a revision. Exact below 2^53, which no revision of etcd reaches in practice. */
function asNumber(revision: string | undefined): number {
  return Number(revision ?? 0);
}

export interface MetricDetails {
  /** False: only the expiry that comes first is shown, without the file and the Services. */
  readonly namesCertificates?: boolean;
}

/** Declares the metrics; `isLate` is false by default. */
export function createConsumerMetrics(
  { silenceSeconds, blindSeconds, isLate = () => false }: ScrapeSources,
  { namesCertificates = true }: MetricDetails = {},
): ConsumerMetrics {
  const registry = createMetrics('kubefigurator_consumer');
  /** True if HAProxy ran all of the text in etcd after the last pass. */
  let wasInSync = false;
  registry.gauge({
    name: 'in_sync',
    help: '1 when HAProxy runs all of the revision etcd has, else 0; also 0 while a newer revision waits for more than 5 s for its check or reload',
    read: () => (wasInSync && !isLate() ? 1 : 0),
  });
  const seenRevision = registry.gauge({
    name: 'revision_seen',
    help: 'newest revision of the config in etcd; 0 when the key is missing',
  });
  const appliedRevision = registry.gauge({ name: 'revision_applied', help: 'revision that HAProxy runs' });
  const leftOut = registry.gauge({
    name: 'left_out',
    help: 'parts of the text that this host cannot take and leaves out; the rest is served',
  });
  const passes = registry.counter<'outcome'>({
    name: 'applies_total',
    help: 'passes by outcome, without periodic ones that only confirm the outcome before',
    labels: ['outcome'],
  });
  const appliedTexts = registry.counter<'method'>({
    name: 'applied_total',
    help: 'texts applied, by method: none, runtime, reload, restart or command',
    labels: ['method'],
  });
  const seconds = registry.histogram<'outcome'>({
    name: 'apply_seconds',
    help: 'time from the start of a pass to its outcome, in seconds',
    labels: ['outcome'],
  });
  registry.gauge({
    name: 'etcd_proof_of_life_age_seconds',
    help: 'seconds since etcd last answered',
    read: silenceSeconds,
  });
  registry.gauge({
    name: 'blind_seconds',
    help: 'seconds since etcd last answered while the connection is lost, else 0; what runs is kept meanwhile',
    read: blindSeconds,
  });
  const host = hostMetrics(registry);
  return {
    registry,
    seen: (revision) => seenRevision.set(asNumber(revision)),
    applied: (outcome, revision, duration) => {
      passes.add(1, { outcome: outcome.kind });
      seconds.observe(duration, { outcome: outcome.kind });
      wasInSync = isHostInSync(outcome);
      leftOut.set(leftOutOfOutcome(outcome).length);
      if (isHostServing(outcome)) appliedRevision.set(asNumber(revision));
      if (outcome.kind === 'applied') appliedTexts.add(1, { method: outcome.method });
    },
    ...host,
    ...certificateMetrics(registry, namesCertificates),
  };
}

/** If there are more certificates, those that expire last aren't shown: each one is a time series. */
const MOST_CERTIFICATES = 500;

function certificateMetrics(
  registry: Metrics,
  namesCertificates: boolean,
): Pick<ConsumerMetrics, 'certificates'> {
  const expiry = registry.gauge<'file' | 'services'>({
    name: 'certificate_expiry_timestamp_seconds',
    help: 'until when the certificate that HAProxy serves for a file is valid, in seconds since 1970; at most 500 files, those that expire first',
    labels: ['file', 'services'],
  });
  const troubles = registry.gauge({
    name: 'certificate_troubles',
    help: 'certificates with trouble: the file is broken, gone or expired, lost a host name that the running text needs, or HAProxy does not take it; and folders of certificates that have grown too far',
  });
  const unnamed = registry.gauge({
    name: 'certificate_unnamed_hosts',
    help: 'host names that no certificate of their bind names, so that clients refuse it; a certificate that would lose a name is a trouble instead, and the one before is served',
  });
  return {
    certificates: (certificates) => {
      unnamed.set(certificates.reduce((sum, { unnamedHosts = [] }) => sum + unnamedHosts.length, 0));
      troubles.set(certificates.filter(({ trouble }) => trouble !== undefined).length);
      expiry.clear();
      const dated = certificates
        .map(({ file, sources, notAfter }) => ({
          file,
          sources,
          expiresAt: Date.parse(notAfter ?? '') / 1000,
        }))
        .filter(({ expiresAt }) => !Number.isNaN(expiresAt))
        .sort((a, b) => a.expiresAt - b.expiresAt);
      for (const { file, sources, expiresAt } of dated.slice(0, namesCertificates ? MOST_CERTIFICATES : 1))
        expiry.set(expiresAt, namesCertificates ? { file, services: servicesOf(sources) } : {});
    },
  };
}

/** The Services by name, at most five. */
function servicesOf(sources: CertificateStatus['sources']): string {
  const names = new Set(sources.map(serviceKey));
  return [...names].slice(0, 5).join(',');
}

function hostMetrics(registry: Metrics): Pick<ConsumerMetrics, 'status' | 'driftFound' | 'statusWritten'> {
  const frozen = registry.gauge({
    name: 'frozen',
    help: '1 while this host is frozen for maintenance and nothing is applied',
  });
  const hostNameShared = registry.gauge({
    name: 'host_name_shared',
    help: '1 while another running agent has the same host name and overwrites the status of this host, else 0',
  });
  const reloadTrouble = registry.gauge({
    name: 'reload_trouble',
    help: '1 while haproxy -c refuses the files on this host, so that a reload or a start of HAProxy would fail, else 0; checked after each change of the own files of the host',
  });
  const oldWorkers = registry.gauge({
    name: 'haproxy_old_workers',
    help: 'HAProxy workers of earlier configs that still finish their connections',
  });
  const drift = registry.gauge<'kind'>({
    name: 'drift',
    help: 'present findings by kind: changes of the file, of HAProxy or of a server that this agent did not make',
    labels: ['kind'],
  });
  const driftTotal = registry.counter<'kind'>({
    name: 'drift_total',
    help: 'changes on this host that this agent did not make, by kind',
    labels: ['kind'],
  });
  const writes = registry.counter<'result'>({
    name: 'status_writes_total',
    help: "writes of this host's status to etcd by result: written or failed",
    labels: ['result'],
  });
  // Each series exists with 0 from the start: otherwise rate() and increase() would miss its first count.
  for (const kind of DRIFT_KINDS) driftTotal.add(0, { kind });
  for (const result of ['written', 'failed']) writes.add(0, { result });
  return {
    status: (status) => {
      frozen.set(status.frozen === undefined ? 0 : 1);
      hostNameShared.set(status.hostNameShared === undefined ? 0 : 1);
      reloadTrouble.set(status.reloadTrouble === undefined ? 0 : 1);
      oldWorkers.set(status.oldWorkers);
      const counts = driftCountsOf(status);
      for (const kind of DRIFT_KINDS) drift.set(counts[kind] ?? 0, { kind });
    },
    driftFound: (findings) => {
      for (const { kind } of findings) driftTotal.add(1, { kind });
    },
    statusWritten: (result) => writes.add(1, { result }),
  };
}
