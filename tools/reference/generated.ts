import { createConsumerMetrics } from '@kubefigurator/consumer/metrics';
import { consumer } from '@kubefigurator/consumer/program';
import { createProducerMetrics } from '@kubefigurator/producer/metrics';
import { producer } from '@kubefigurator/producer/program';
import { admissionPolicy } from './admission-policy.ts';
import { eventsPage } from './events-page.ts';
import { inheritedPage } from './inherited-page.ts';
import { programPage } from './program-page.ts';
import { annotationsPage, diagnosticsPage } from './service-pages.ts';

/** A committed file whose content follows from the tables in the code. */
export interface GeneratedFile {
  /** Path from the root of the repository. */
  readonly file: string;
  readonly generate: () => string;
}

/** Every generated file; `generated.test.ts` fails if one of them is not current. */
export const GENERATED_FILES: readonly GeneratedFile[] = [
  { file: 'docs/reference/annotations.md', generate: annotationsPage },
  { file: 'docs/reference/diagnostics.md', generate: diagnosticsPage },
  { file: 'docs/reference/consumer.md', generate: consumerPage },
  { file: 'docs/reference/producer.md', generate: producerPage },
  { file: 'docs/reference/events.md', generate: eventsPage },
  { file: 'docs/reference/inherited.md', generate: inheritedPage },
  { file: 'deploy/kubernetes/admission.yaml', generate: admissionPolicy },
];

function consumerPage(): string {
  const { registry } = createConsumerMetrics({ silenceSeconds: () => 0, blindSeconds: () => 0 });
  return programPage(consumer, registry.describe());
}

function producerPage(): string {
  const { metrics } = createProducerMetrics({
    sourceAlive: () => undefined,
    etcdAlive: () => undefined,
    sourceComplete: () => false,
    inSync: () => false,
  });
  return programPage(producer, metrics.describe());
}
