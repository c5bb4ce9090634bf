import { createConsumerMetrics } from '@kubefigurator/consumer/metrics';
import type { MetricDescription } from '@kubefigurator/daemon';
import { createProducerMetrics } from '@kubefigurator/producer/metrics';

// The functions give no real values: only the declarations are read.

/** The declarations of all metrics of the consumer. */
export function consumerMetrics(): readonly MetricDescription[] {
  return createConsumerMetrics({ silenceSeconds: () => 0, blindSeconds: () => 0 }).registry.describe();
}

/** The declarations of all metrics of the producer. */
export function producerMetrics(): readonly MetricDescription[] {
  const { metrics } = createProducerMetrics({
    sourceAlive: () => undefined,
    etcdAlive: () => undefined,
    sourceComplete: () => false,
    inSync: () => false,
    isPaused: () => false,
    isPinned: () => false,
    isPinUnrestored: () => false,
    leads: () => false,
    isPolicyRefused: () => false,
    namespacesWaiting: () => 0,
  });
  return metrics.describe();
}
