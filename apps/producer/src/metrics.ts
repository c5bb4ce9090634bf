import {
  createMetrics,
  type CounterMetric,
  type GaugeMetric,
  type HistogramMetric,
  type Metrics,
} from '@kubefigurator/daemon';
import type { Diagnostic } from '@kubefigurator/translator';

/** What the metrics ask for when they are scraped. */
export interface Observed {
  /** `performance.now()` of the last answer; undefined before the first. */
  readonly sourceAlive: () => number | undefined;
  readonly etcdAlive: () => number | undefined;
  readonly sourceComplete: () => boolean;
  /** Whether the key holds the text of the newest snapshot, as far as we know. */
  readonly inSync: () => boolean;
}

export interface ProducerMetrics {
  readonly metrics: Metrics;
  readonly passes: CounterMetric<'result'>;
  readonly stageSeconds: HistogramMetric<'stage'>;
  readonly publications: CounterMetric<'result'>;
  readonly revision: GaugeMetric;
  readonly textBytes: GaugeMetric;
  readonly objects: GaugeMetric<'kind'>;
  readonly events: CounterMetric<'result'>;
  readonly setDiagnostics: (diagnostics: readonly Diagnostic[]) => void;
}

/** All metrics of the producer: the one place where they are named. */
export function createProducerMetrics(observed: Observed): ProducerMetrics {
  const metrics = createMetrics('kubefigurator_producer');
  const since = (at: number | undefined): number =>
    at === undefined ? Number.NaN : (performance.now() - at) / 1000;
  metrics.gauge({
    name: 'in_sync',
    help: '1 when the key in etcd holds the text of the newest snapshot.',
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
  const diagnosticsGauge = metrics.gauge({
    name: 'diagnostics',
    help: 'Diagnostics of the last pass by code.',
    labels: ['code', 'severity'],
  });
  return {
    metrics,
    passes: metrics.counter({
      name: 'passes_total',
      help: 'Passes by result: ok or failed.',
      labels: ['result'],
    }),
    stageSeconds: metrics.histogram({
      name: 'stage_seconds',
      help: 'Duration of each stage of a pass, in seconds.',
      labels: ['stage'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    }),
    publications: metrics.counter({
      name: 'publications_total',
      help: 'Publications by result: published, unchanged, conflict or failed.',
      labels: ['result'],
    }),
    revision: metrics.gauge({
      name: 'revision',
      help: "etcd's revision of the text that was last published or found.",
    }),
    textBytes: metrics.gauge({ name: 'text_bytes', help: 'Size of the value in etcd, in bytes.' }),
    objects: metrics.gauge({ name: 'objects', help: 'Objects of the last pass by kind.', labels: ['kind'] }),
    events: metrics.counter({
      name: 'events_total',
      help: 'Events on Services and Nodes by result: created, known (said before), failed or limited (too many a minute).',
      labels: ['result'],
    }),
    setDiagnostics: (diagnostics) => {
      diagnosticsGauge.clear();
      const counts = new Map<string, { one: Diagnostic; count: number }>();
      for (const one of diagnostics)
        counts.set(one.code, { one, count: (counts.get(one.code)?.count ?? 0) + 1 });
      for (const [code, { one, count }] of counts)
        diagnosticsGauge.set(count, { code, severity: one.severity });
    },
  };
}
