import { type CounterMetric, createMetrics, type Metrics } from '@kubefigurator/daemon';
import type { Diagnostic, RunStage } from '@kubefigurator/translator';
import type { Compilation } from './compile.ts';
import type { Verdict } from './publish/guard/decide.ts';
import type { Publication } from './publish/publisher.ts';
import type { RoomUse } from './publish/text-room.ts';

/** What is read when the metrics are scraped. */
export interface Observed {
  /** When the source last answered, by `performance.now()`; undefined before the first answer. */
  readonly sourceAlive: () => number | undefined;
  readonly etcdAlive: () => number | undefined;
  readonly sourceComplete: () => boolean;
  /** Namespaces with changes that wait, since they change too often. */
  readonly namespacesWaiting: () => number;
  /** Whether the key holds the text of the newest snapshot, as far as we know. */
  readonly inSync: () => boolean;
  /** Whether an operator has stopped publications. */
  readonly isPaused: () => boolean;
  /** Whether an operator has pinned a text. */
  readonly isPinned: () => boolean;
  /** Whether the pinned text isn't put back, so that an operator has to say which text counts. */
  readonly isPinUnrestored: () => boolean;
  /** Whether this producer publishes, of several for one path. */
  readonly leads: () => boolean;
  /** True while the policy as it stands now can’t be used. */
  readonly isPolicyRefused: () => boolean;
}

export interface ProducerMetrics {
  readonly metrics: Metrics;
  readonly passes: CounterMetric<'result'>;
  readonly publications: CounterMetric<'result'>;
  readonly events: CounterMetric<'result'>;
  /** Texts of somebody else that were found in the key. */
  readonly foreignTexts: CounterMetric;
  /** Runs a stage of a pass and records its duration, also if it fails. */
  readonly measure: RunStage;
  /** The same for a stage that waits. */
  readonly measureAsync: <T>(stage: string, work: () => Promise<T>) => Promise<T>;
  readonly setCompilation: (compilation: Pick<Compilation, 'diagnostics' | 'summary'>) => void;
  readonly setHeld: (verdict: Pick<Verdict, 'held'>) => void;
  readonly setPublication: (publication: Publication) => void;
  /** Clears the metrics that only the producer that leads reports. */
  readonly clearCompilation: () => void;
  /** What the text uses of each limit, and the number of limits of which it uses more than `--size-warning`. */
  readonly setRoom: (uses: readonly RoomUse[], nearCount: number) => void;
}

/** All metrics of the producer: the one place where they are named. */
export function createProducerMetrics(observed: Observed): ProducerMetrics {
  const metrics = createMetrics('kubefigurator_producer');
  const since = (at: number | undefined): number =>
    at === undefined ? Number.NaN : (performance.now() - at) / 1000;
  metrics.gauge({
    name: 'in_sync',
    help: '1 when the key in etcd holds the text of the newest snapshot, without changes that wait (namespaces_waiting); of a producer that doesn’t lead, when it is ready to.',
    read: () => Number(observed.inSync()),
  });
  metrics.gauge({
    name: 'source_complete',
    help: '1 once all Services and Nodes have been read; nothing is published before.',
    read: () => Number(observed.sourceComplete()),
  });
  metrics.gauge({
    name: 'source_proof_of_life_age_seconds',
    help: 'Seconds since the API server (with --from: the manifests) last answered; NaN before the first time.',
    read: () => since(observed.sourceAlive()),
  });
  metrics.gauge({
    name: 'etcd_proof_of_life_age_seconds',
    help: 'Seconds since etcd last answered; NaN before the first time.',
    read: () => since(observed.etcdAlive()),
  });
  metrics.gauge({
    name: 'leader',
    help: '1 while this producer leads: of several for one path, only that one publishes.',
    read: () => Number(observed.leads()),
  });
  metrics.gauge({
    name: 'paused',
    help: '1 while an operator has stopped publications.',
    read: () => Number(observed.isPaused()),
  });
  metrics.gauge({
    name: 'pinned',
    help: '1 while an operator has pinned a text, so that nothing else is published.',
    read: () => Number(observed.isPinned()),
  });
  metrics.gauge({
    name: 'pin_unrestored',
    help: '1 while a text is pinned that the producer which leads doesn’t put back: one that knows no pins has published over it, or the text is lost.',
    read: () => Number(observed.isPinUnrestored()),
  });
  metrics.gauge({
    name: 'namespaces_waiting',
    help: 'Namespaces with changes that wait, since they change too often (--namespace-changes).',
    read: () => observed.namespacesWaiting(),
  });
  metrics.gauge({
    name: 'policy_refused',
    help: '1 while the policy as it stands now can’t be used, so that the one before counts, or nothing is published.',
    read: () => Number(observed.isPolicyRefused()),
  });
  const held = metrics.gauge({
    name: 'held',
    help: 'What a guard holds, so that it is published although the cluster has it no more: services, hosts (host names on binds) or servers.',
    labels: ['what'],
  });
  const diagnosticsGauge = metrics.gauge({
    name: 'diagnostics',
    help: 'Diagnostics of the last pass by code.',
    labels: ['code', 'severity'],
  });
  const passes = metrics.counter({
    name: 'passes_total',
    help: 'Passes by result: ok or failed.',
    labels: ['result'],
  });
  const stageSeconds = metrics.histogram({
    name: 'stage_seconds',
    help: 'Duration of each stage of a pass, in seconds.',
    labels: ['stage'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  });
  const publications = metrics.counter({
    name: 'publications_total',
    help: 'Publications by result: published, unchanged, conflict, paused, pinned, refused (the path belongs to another cluster, or another producer leads) or failed.',
    labels: ['result'],
  });
  const foreignTexts = metrics.counter({
    name: 'foreign_texts_total',
    help: 'Times that the key was found without the text that this producer had published; it publishes its own again.',
  });
  const revision = metrics.gauge({
    name: 'revision',
    help: "etcd's revision of the text that was last published or found.",
  });
  const textBytes = metrics.gauge({ name: 'text_bytes', help: 'Size of the value in etcd, in bytes.' });
  const textShare = metrics.gauge({
    name: 'text_share',
    help: 'How much of a limit the text uses, from 0 to 1: etcd-value (0 while it is stored plain), unpacked-bytes, and each limit of the hosts above --size-warning.',
    labels: ['limit'],
  });
  const textLimitsNear = metrics.gauge({
    name: 'text_limits_near',
    help: 'The number of limits of which the text uses more than --size-warning.',
  });
  const objects = metrics.gauge({
    name: 'objects',
    help: 'Objects of the last pass by kind.',
    labels: ['kind'],
  });
  const events = metrics.counter({
    name: 'events_total',
    help: 'Events on Services and Nodes by result: created, known (it existed already), failed or limited (too many a minute).',
    labels: ['result'],
  });
  // Each series begins at 0: Prometheus' rate() and increase() don't count the value with which a series appears.
  for (const result of ['ok', 'failed']) passes.add(0, { result });
  for (const result of ['published', 'unchanged', 'conflict', 'paused', 'pinned', 'refused', 'failed'])
    publications.add(0, { result });
  for (const result of ['created', 'known', 'failed', 'limited']) events.add(0, { result });
  const recordDuration = (stage: string, started: number): void =>
    stageSeconds.observe((performance.now() - started) / 1000, { stage });
  return {
    metrics,
    passes,
    publications,
    events,
    foreignTexts,
    measure: (stage, work) => {
      const started = performance.now();
      try {
        return work();
      } finally {
        recordDuration(stage, started);
      }
    },
    measureAsync: async (stage, work) => {
      const started = performance.now();
      try {
        return await work();
      } finally {
        recordDuration(stage, started);
      }
    },
    setCompilation: ({ diagnostics, summary }) => {
      diagnosticsGauge.clear();
      for (const { code, severity, count } of countByCode(diagnostics))
        diagnosticsGauge.set(count, { code, severity });
      objects.set(summary.services, { kind: 'Service' });
      objects.set(summary.nodes, { kind: 'Node' });
    },
    setHeld: ({ held: losses }) => {
      const sum = (of: (loss: (typeof losses)[number]) => number): number =>
        losses.reduce((all, loss) => all + of(loss), 0);
      held.set(losses.length, { what: 'services' });
      held.set(
        sum(({ hosts }) => hosts.length),
        { what: 'hosts' },
      );
      held.set(
        sum(({ servers }) => servers.reduce((all, { names }) => all + names.length, 0)),
        {
          what: 'servers',
        },
      );
    },
    clearCompilation: () => {
      diagnosticsGauge.clear();
      held.clear();
      textShare.clear();
      textLimitsNear.set(0);
    },
    setRoom: (uses, nearCount) => {
      textShare.clear();
      for (const { limit, count, most } of uses) textShare.set(count / most, { limit });
      textLimitsNear.set(nearCount);
    },
    setPublication: (publication) => {
      publications.add(1, { result: publication.kind });
      revision.set(Number(publication.revision));
      textBytes.set(publication.bytes);
    },
  };
}

interface CodeCount {
  readonly code: string;
  readonly severity: string;
  readonly count: number;
}

/** Counted by code alone: all diagnostics of a code have the same severity. */
function countByCode(diagnostics: readonly Diagnostic[]): Iterable<CodeCount> {
  const counts = new Map<string, CodeCount>();
  for (const { code, severity } of diagnostics)
    counts.set(code, { code, severity, count: (counts.get(code)?.count ?? 0) + 1 });
  return counts.values();
}
