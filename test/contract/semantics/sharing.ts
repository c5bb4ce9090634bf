import type { Row } from './row.ts';
import { BINDS, CERTIFICATES, PROPERTIES } from './row.ts';

const CLAIMS = 'libs/translator/src/claims/claim.test.ts';
const BIND_CERTIFICATES = 'libs/translator/src/model/bind-certificates.test.ts';
const NAMES = 'libs/translator/src/claims/names.test.ts';
const NAMES_LAW = 'libs/translator/src/claims/names.property.test.ts';
const LAW = 'libs/translator/src/claims/law.property.test.ts';

/** Sharing a bind, and who wins. */
export const SHARING: readonly Row[] = [
  {
    says: 'Ports with the same address and port share one frontend when they agree on mode http and on TLS.',
    goldens: 'share-frontend share-200',
    tests: [`${BINDS} › routes 200 Services on one bind`],
  },
  {
    says: 'Certificates are joined, each file once, sorted behind the first one.',
    goldens: 'certificate-shared share-frontend',
  },
  {
    says: 'HAProxy picks the certificate by SNI.',
    goldens: 'share-frontend',
    tests: [
      `${CERTIFICATES} › serves the certificate for the SNI name`,
      `${CERTIFICATES} › routes by the Host, whatever the SNI name is`,
    ],
  },
  {
    says: 'Ports on one bind conflict when modes differ, TLS differs, or both are tcp.',
    goldens: 'conflict-mode conflict-tls conflict-port',
  },
  {
    says: 'Ports on one bind conflict when both claim the same hostname or both are the catch-all.',
    goldens: 'conflict-host conflict-host-wildcard conflict-default',
  },
  {
    says: '`*` is a claim on every address: who names one shares it, or the later one is left out there.',
    goldens: 'share-specific-address share-families listen-every-address listen-every-address-tcp',
    tests: [
      `${CLAIMS} › keeps a younger Service from an address`,
      `${BINDS} › gives connections to an address to the bind on that address`,
      'test/e2e/who-keeps-a-bind.test.ts › it shares http with the older one on every address, and takes nothing',
    ],
  },
  {
    says: '--specific-address-wins keeps the rule of the kernel, with a warning per case.',
    goldens: 'listen-every-address-kernel',
    tests: [
      `${CLAIMS} › with --specific-address-wins loses addresses to younger Services that name them, with one warning`,
    ],
  },
  {
    says: 'A host name, with all below a wildcard, belongs on every bind to the namespace that has it.',
    goldens: 'names-other-bind names-wildcard',
    tests: [
      `${NAMES} › another namespace gets it nowhere`,
      `${NAMES_LAW} › no namespace gets a name that another one has on any bind`,
      'test/e2e/names-across-binds.test.ts › gets the name of another namespace nowhere',
    ],
  },
  {
    says: 'wildcard: shared lets other namespaces have names below a wildcard.',
    goldens: 'names-wildcard-shared wildcard-bad',
    tests: [`${NAMES} › lets others have names below it, on every bind`],
  },
  {
    says: 'Names of two namespaces that are both published already stay, with a warning, until one of the two changes.',
    goldens: 'names-together',
    tests: [`${NAMES} › stays with both without that option, with a warning to both`],
  },
  {
    says: '--host-names-per-bind keeps the freedom to have one name in several namespaces.',
    goldens: 'names-per-bind',
  },
  {
    says: 'Who is served keeps what they have: claims that stand unchanged come first.',
    goldens: 'standing-edit standing-version-before',
    tests: [
      `${LAW} › no create, edit or delete of one Service takes anything from another`,
      `${LAW} › compiling again with its own result changes nothing`,
      `${CLAIMS} › takes nothing from other Services, and gives the edited one an error`,
    ],
  },
  {
    says: 'What a Service had stays reserved for it while it is enabled and names it, and the text says so.',
    goldens: 'standing-edit',
    tests: [
      `${CLAIMS} › leaves its host reserved, and undoing the edit brings the host back`,
      `${CLAIMS} › frees the host of a Service that is`,
    ],
  },
  {
    says: 'release frees a bind, or a host on it.',
    tests: [
      `${CLAIMS} › frees one host, and age decides`,
      'test/e2e/who-keeps-a-bind.test.ts › an operator frees the bind, and the oldest has it',
    ],
  },
  {
    says: 'A port that the operator reserves is left out, also if a Service has it already.',
    tests: [`${CLAIMS} › a claim in the standing text does not survive --reserved-port`],
  },
  {
    says: 'Without a standing text age alone decides.',
    goldens: 'standing-by-hand',
  },
  {
    says: 'Clients without SNI get what they got until now while somebody asks for it, else the next one that stands published, else the certificate of the oldest claim.',
    goldens: 'standing-version-before certificate-shared',
    tests: [
      `${CLAIMS} › is the certificate of the oldest claim, and then what they got until now, or the next that stands`,
    ],
  },
  {
    says: 'Certificates that stand on a bind keep their order, and new ones come behind them: of two for one name HAProxy shows the first.',
    tests: [
      `${BIND_CERTIFICATES} › that stand keep their order, new ones behind them`,
      `${BIND_CERTIFICATES} › folders say by a slash that the order is not that of the names, and comments have it`,
    ],
  },
  {
    says: 'The Service created first wins, then the uid, then namespace/name, then the order in spec.ports.',
    goldens: 'conflict-host conflict-same-age-uid conflict-same-age-name conflict-within-service',
  },
  { says: 'Objects without a creation time count as equally old.', goldens: 'conflict-no-age' },
  {
    says: 'The loser is left out of that bind, and the rest of its Service is served.',
    goldens:
      'conflict-one-of-two-binds conflict-other-port-served conflict-host-part conflict-loser-claims-nothing',
  },
  {
    says: 'The loser gets an error that names the winner.',
    goldens: 'conflict-host conflict-mode conflict-port',
  },
  {
    says: 'A younger Service never takes a port from an older one.',
    goldens: 'conflict-same-age-name',
    tests: [
      `${PROPERTIES} › a younger Service takes nothing from an older one`,
      `${PROPERTIES} › without the losers all binds have the same holders, and no host on a bind has two`,
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
    tests: [
      'test/contract/view.test.ts › keeps reserved and well-known ports for the hosts, as the flags say',
    ],
  },
  {
    says: '--listen-ports names the only ports that Services may have.',
    goldens: 'listen-port-allowed',
  },
  {
    says: 'Ports of agents and control planes are kept for the hosts, unless a Service has one already or --listen-ports names it.',
    goldens: 'listen-port-well-known',
  },
  {
    says: 'Loopback, link-local, multicast and metadata addresses of the hosts need --local-listen-addresses, unless a Service has one already.',
    goldens: 'listen-ip-local listen-ip-local-allowed',
    tests: [
      'libs/translator/src/limits/local-addresses.test.ts › and left out without the flag',
      'libs/translator/src/limits/local-addresses.test.ts › stay with a warning if the port has all of them already',
    ],
  },
  {
    says: 'An admission policy made of the same table lets the API server refuse invalid values, and warn as the producer does.',
    tests: [
      'test/e2e/admission.test.ts › refuses the golden cases that the translator refuses, except a known few, and no others',
      'test/e2e/admission.test.ts › warns if the producer would: unusual booleans, unknown options',
      'tools/reference/generated.test.ts › $file is current',
    ],
  },
];
