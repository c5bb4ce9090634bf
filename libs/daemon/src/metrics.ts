import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The declaration of a metric; the name gets the prefix of the program. */
export interface MetricOptions<Label extends string = string> {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly Label[];
}

export type Labels<Label extends string = string> = Partial<Record<Label, string>>;

export interface CounterMetric<Label extends string = string> {
  add(amount?: number, labels?: Labels<Label>): void;
}

export interface GaugeMetric<Label extends string = string> {
  set(value: number, labels?: Labels<Label>): void;
  /** Removes all values, also those of labels that no longer occur. */
  clear(): void;
}

export interface HistogramMetric<Label extends string = string> {
  observe(value: number, labels?: Labels<Label>): void;
}

/** One row of the reference of metrics. */
export interface MetricDescription {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
}

export interface Metrics {
  counter<Label extends string = never>(options: MetricOptions<Label>): CounterMetric<Label>;
  /** With `read`, the value is read at each scrape. */
  gauge<Label extends string = never>(
    options: MetricOptions<Label> & { readonly read?: () => number },
  ): GaugeMetric<Label>;
  /** Buckets are upper bounds in the unit of the metric; by default in seconds, from 5 ms to 30 s. */
  histogram<Label extends string = never>(
    options: MetricOptions<Label> & { readonly buckets?: readonly number[] },
  ): HistogramMetric<Label>;
  /** All metrics in the text format of Prometheus. */
  text(): Promise<string>;
  readonly contentType: string;
  /** All declarations, in order. */
  describe(): readonly MetricDescription[];
}

const SECONDS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** A registry of metrics whose names begin with `prefix` and an underscore. */
export function createMetrics(prefix: string): Metrics {
  const registry = new Registry();
  const described: MetricDescription[] = [];

  function declare(kind: MetricDescription['kind'], options: MetricOptions): DeclaredMetric {
    const declared = {
      name: `${prefix}_${options.name}`,
      help: options.help,
      labelNames: [...(options.labels ?? [])],
    };
    described.push({ name: declared.name, kind, help: declared.help, labels: declared.labelNames });
    return { ...declared, registers: [registry] };
  }

  return {
    counter(options) {
      const counter = new Counter(declare('counter', options));
      return { add: (amount = 1, labels = {}) => counter.inc(labels as Labels, amount) };
    },
    gauge(options) {
      const { read } = options;
      const collect = read === undefined ? {} : { collect: () => gauge.set(read()) };
      const gauge: Gauge = new Gauge({ ...declare('gauge', options), ...collect });
      return { set: (value, labels = {}) => gauge.set(labels as Labels, value), clear: () => gauge.reset() };
    },
    histogram(options) {
      const buckets = [...(options.buckets ?? SECONDS_BUCKETS)];
      const histogram = new Histogram({ ...declare('histogram', options), buckets });
      return { observe: (value, labels = {}) => histogram.observe(labels as Labels, value) };
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
    describe: () => described,
  };
}

interface DeclaredMetric {
  readonly name: string;
  readonly help: string;
  labelNames: string[];
  registers: Registry[];
}
