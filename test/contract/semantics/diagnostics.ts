import type { Row } from './row.ts';
import { PROPERTIES } from './row.ts';

const LOG = 'apps/producer/src/diagnostics.test.ts';

/** Diagnostics. */
export const DIAGNOSTICS: readonly Row[] = [
  {
    says: 'Each diagnostic has a stable code, a severity, the object, the port and a sentence that says what to do.',
    goldens: 'conflict-host listen-port-zero nodes-without-address',
    tests: [
      'test/contract/semantics.test.ts › every diagnostic code occurs in a golden case',
      'tools/reference/generated.test.ts › $file is current',
      'libs/translator/src/diagnostics/diagnostics.test.ts › a diagnostic is one line that begins with severity and code',
    ],
  },
  {
    says: 'Diagnostics appear on stderr of view, as text and as JSON.',
    tests: [
      'test/contract/view.test.ts › exits 0 with diagnostics',
      `${LOG} › writes one JSON array, also of none`,
    ],
  },
  {
    says: 'Diagnostics appear on stderr of diff.',
    tests: ['test/contract/view.test.ts › diff prints the diagnostics too'],
  },
  {
    says: 'Diagnostics appear in the log once per change.',
    tests: [`${LOG} › tells what is new and what is gone, once`],
  },
  {
    says: 'Diagnostics appear as an Event on the object once per change.',
    tests: [
      'apps/producer/src/cluster/report/events.test.ts › are one for each change',
      'test/e2e/events.test.ts › are one for a broken Service',
    ],
  },
  {
    says: 'Diagnostics appear as a metric by code.',
    tests: ['test/contract/view.test.ts › watch counts diagnostics by code, and logs each once'],
  },
  {
    says: 'A wrong Service never crashes the producer, and never affects another Service.',
    goldens: 'hostile-proto conflict-other-port-served',
    tests: [
      `${PROPERTIES} › no text adds a directive or disturbs another Service`,
      'test/e2e/kubernetes.test.ts › serves the rest if one annotation is broken',
    ],
  },
];
