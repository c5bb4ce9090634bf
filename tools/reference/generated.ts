import { consumer } from '@kubefigurator/consumer/program';
import { producer } from '@kubefigurator/producer/program';
import { DEPLOY_FILES } from '../deploy/chart.ts';
import { alertRules, alertsPage } from '../monitoring/alert-files.ts';
import { grafanaDashboard } from '../monitoring/dashboard.ts';
import { admissionPolicy } from './admission-policy.ts';
import { eventsPage } from './events-page.ts';
import { inheritedPage } from './inherited-page.ts';
import { consumerMetrics, producerMetrics } from './metrics-lists.ts';
import { policyPage } from './policy-page.ts';
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
  { file: 'docs/reference/policy.md', generate: policyPage },
  { file: 'docs/reference/events.md', generate: eventsPage },
  { file: 'docs/reference/inherited.md', generate: inheritedPage },
  { file: 'docs/reference/alerts.md', generate: alertsPage },
  { file: 'deploy/monitoring/alerts.yaml', generate: alertRules },
  { file: 'deploy/monitoring/dashboard.json', generate: grafanaDashboard },
  { file: 'deploy/kubernetes/admission.yaml', generate: admissionPolicy },
  ...DEPLOY_FILES,
];

function consumerPage(): string {
  return programPage(consumer, consumerMetrics());
}

function producerPage(): string {
  return programPage(producer, producerMetrics());
}
