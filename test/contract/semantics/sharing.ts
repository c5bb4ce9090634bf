import type { Row } from './row.ts';
import { BINDS, CERTIFICATES, PROPERTIES } from './row.ts';

/** Sharing a bind, and who wins. */
export const SHARING: readonly Row[] = [
  {
    says: 'Ports with the same address and port share one frontend when they agree on mode http and on TLS.',
    goldens: 'share-frontend share-200',
    tests: [`${BINDS} › routes 200 Services on one bind`],
  },
  { says: 'Certificates are joined, each file once, sorted.', goldens: 'certificate-shared share-frontend' },
  {
    says: 'HAProxy picks the certificate by SNI.',
    goldens: 'share-frontend',
    tests: [
      `${CERTIFICATES} › serves the certificate for the SNI name`,
      `${CERTIFICATES} › routes by the Host, whatever the SNI name is`,
    ],
  },
  {
    says: 'They conflict when modes differ, TLS differs, or both are tcp.',
    goldens: 'conflict-mode conflict-tls conflict-port',
  },
  {
    says: 'They conflict when both claim the same hostname or both are the catch-all.',
    goldens: 'conflict-host conflict-host-wildcard conflict-default',
  },
  {
    says: '*:443 beside 10.1.1.1:443 is no conflict: the kernel prefers the specific one.',
    goldens: 'share-specific-address share-families',
    tests: [`${BINDS} › prefers a bind on one address to a bind on all`],
  },
  {
    says: 'The Service created first wins, then namespace/name, then the order in spec.ports.',
    goldens: 'conflict-host conflict-same-age-name conflict-within-service',
  },
  { says: 'Objects without a creation time count as equally old.', goldens: 'conflict-no-age' },
  {
    says: 'The loser is left out of that bind, and the rest of its Service is served.',
    goldens:
      'conflict-one-of-two-binds conflict-other-port-served conflict-host-part conflict-loser-claims-nothing',
  },
  { says: 'It gets an error that names the winner.', goldens: 'conflict-host conflict-mode conflict-port' },
  {
    says: 'A younger Service never takes a port from an older one.',
    goldens: 'conflict-same-age-name',
    tests: [
      `${PROPERTIES} › a younger Service takes nothing from an older one`,
      `${PROPERTIES} › whoever kept a bind keeps it without the losers, and nobody shares a request`,
    ],
  },
  {
    says: 'No input makes the translator throw.',
    goldens: 'select-many-kinds hostile-proto',
    tests: ['test/contract/random-clusters.test.ts › random clusters'],
  },
  {
    says: '--reserved-port (repeatable, default 22) keeps ports the hosts use themselves.',
    goldens: 'listen-port-reserved listen-port-reserved-setting',
    tests: ['test/contract/view.test.ts › keeps the reserved ports, each time the flag is given'],
  },
  {
    says: 'An admission policy made of the same table lets the API server refuse invalid values, and warn as the producer does.',
    tests: [
      'test/e2e/admission.test.ts › refuses the golden cases that the translator refuses, and no others',
      'test/e2e/admission.test.ts › warns if the producer would: unusual booleans, unknown options',
      'tools/reference/generated.test.ts › $file is current',
    ],
  },
];
