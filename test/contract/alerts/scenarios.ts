/** What one alert rule is asked in a rule test. */
export interface Scenario {
  readonly says: string;
  /** Series in Prometheus' notation, with one value each 15 seconds. */
  readonly series: Readonly<Record<string, string>>;
  readonly at: string;
  /** The alerts that fire then: their labels besides `severity`, and their summary. */
  readonly fires: readonly Fired[];
}

interface Fired {
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
}

const HOST = { instance: 'lb-1:9641', job: 'kubefigurator-consumer' };
const POD = { instance: '10.0.0.1:9640', job: 'kubefigurator-producer' };
const TEXT_OF_HOST = 'instance="lb-1:9641",job="kubefigurator-consumer"';
const TEXT_OF_POD = 'instance="10.0.0.1:9640",job="kubefigurator-producer"';

const onHost = (metric: string, labels = ''): string =>
  `kubefigurator_consumer_${metric}{${TEXT_OF_HOST}${labels === '' ? '' : `,${labels}`}}`;
const onPod = (metric: string, labels = ''): string =>
  `kubefigurator_producer_${metric}{${TEXT_OF_POD}${labels === '' ? '' : `,${labels}`}}`;

/** It fires at `at` with these series. */
function firing(series: Scenario['series'], at: string, fired: Fired): Scenario {
  return { says: `fires after ${at}`, series, at, fires: [fired] };
}

function silent(says: string, series: Scenario['series'], at: string): Scenario {
  return { says, series, at, fires: [] };
}

const [EXPIRY, CERTIFICATE] = [
  'certificate_expiry_timestamp_seconds',
  { file: '/etc/haproxy/ssl/a.pem', services: 'shop/web' },
];
const certificate = (seconds: number): Scenario['series'] => ({
  [onHost(EXPIRY, `file="${CERTIFICATE.file}",services="${CERTIFICATE.services}"`)]: `${String(seconds)}x400`,
});
const DAY = 86_400;

/** For each alert at least one case in which it fires, and those in which it must not. */
export const SCENARIOS: Readonly<Record<string, readonly Scenario[]>> = {
  KubefiguratorHaproxyStopped: [
    firing({ [onHost('drift', 'kind="haproxy-stopped"')]: '1x40' }, '2m', {
      labels: { ...HOST, kind: 'haproxy-stopped' },
      summary: 'HAProxy is down on lb-1:9641.',
    }),
    silent('not for a restart', { [onHost('drift', 'kind="haproxy-stopped"')]: '0 1 1 0x40' }, '2m'),
    silent('not for other drift', { [onHost('drift', 'kind="file-edited"')]: '1x40' }, '5m'),
  ],
  KubefiguratorHostNotInSync: [
    firing({ [onHost('in_sync')]: '0x40', [onHost('left_out')]: '0x40', [onHost('frozen')]: '0x40' }, '3m', {
      labels: HOST,
      summary: "HAProxy on lb-1:9641 doesn't run the text that etcd has.",
    }),
    silent('not for one update', { [onHost('in_sync')]: '1 0 0 1x40' }, '3m'),
    silent('not if a part is left out', { [onHost('in_sync')]: '0x40', [onHost('left_out')]: '2x40' }, '5m'),
    silent('not on a frozen host', { [onHost('in_sync')]: '0x40', [onHost('frozen')]: '1x40' }, '5m'),
    silent(
      'not if HAProxy is down',
      { [onHost('in_sync')]: '0x40', [onHost('drift', 'kind="haproxy-stopped"')]: '1x40' },
      '5m',
    ),
    {
      ...firing(
        {
          [onHost('in_sync')]: '0x40',
          [onHost('drift', 'kind="haproxy-stopped"')]: '0x40',
          'kubefigurator_consumer_frozen{instance="lb-2:9641",job="kubefigurator-consumer"}': '1x40',
        },
        '5m',
        { labels: HOST, summary: "HAProxy on lb-1:9641 doesn't run the text that etcd has." },
      ),
      says: 'fires although another host is frozen',
    },
  ],
  KubefiguratorHostBlind: [
    firing({ [onHost('blind_seconds')]: '0+15x40' }, '2m', {
      labels: HOST,
      summary: 'lb-1:9641 has not heard etcd for 2m 0s; it serves what it received last.',
    }),
    silent('not for a short loss', { [onHost('blind_seconds')]: '0 15 30 0x40' }, '45s'),
  ],
  KubefiguratorConsumerDown: [
    firing({ [`up{${TEXT_OF_HOST}}`]: '0x40' }, '6m', {
      labels: HOST,
      summary: "The agent on lb-1:9641 doesn't answer; changes may not reach this host.",
    }),
    silent('not for a restart', { [`up{${TEXT_OF_HOST}}`]: '1 0 0 1x40' }, '6m'),
    silent('not for other jobs', { 'up{instance="x:9100",job="node"}': '0x40' }, '6m'),
  ],
  KubefiguratorLeftOut: [
    firing({ [onHost('left_out')]: '3x40' }, '3m', {
      labels: HOST,
      summary: "lb-1:9641 can't take 3 part(s) of the text, and leaves them out.",
    }),
    silent('not if it comes back at once', { [onHost('left_out')]: '0 1 1 0x40' }, '3m'),
  ],
  KubefiguratorCertificateTrouble: [
    firing({ [onHost('certificate_troubles')]: '2x60' }, '6m', {
      labels: HOST,
      summary: '2 certificate(s) on lb-1:9641 are broken, gone or expired; HAProxy serves those before.',
    }),
    silent('not while a file is written', { [onHost('certificate_troubles')]: '0 1 0x60' }, '6m'),
  ],
  KubefiguratorCertificateExpires: [
    firing(certificate(13 * DAY), '1h1m', {
      labels: { ...HOST, ...CERTIFICATE },
      summary: 'The certificate /etc/haproxy/ssl/a.pem on lb-1:9641 expires in 12d 22h 59m 0s.',
    }),
    silent('not for a fresh one', certificate(30 * DAY), '1h1m'),
    silent('not if the other alert fires', certificate(DAY), '1h1m'),
  ],
  KubefiguratorCertificateExpiresSoon: [
    firing(certificate(DAY), '6m', {
      labels: { ...HOST, ...CERTIFICATE },
      summary: 'The certificate /etc/haproxy/ssl/a.pem on lb-1:9641 expires in 23h 54m 0s.',
    }),
    {
      ...firing(certificate(60), '6m', {
        labels: { ...HOST, ...CERTIFICATE },
        summary: 'The certificate /etc/haproxy/ssl/a.pem on lb-1:9641 expires in -5m 0s.',
      }),
      says: 'fires for one that has expired',
    },
    silent('not for one with more time', certificate(3 * DAY), '6m'),
  ],
  KubefiguratorHostFrozen: [
    firing({ [onHost('frozen')]: '1x6000' }, '24h1m', {
      labels: HOST,
      summary: 'lb-1:9641 has been frozen for a day; nothing is applied there.',
    }),
    silent('not during a day’s work', { [onHost('frozen')]: '1x6000' }, '20h'),
  ],
  KubefiguratorHostChanged: [
    firing({ [onHost('drift_total', 'kind="file-edited"')]: '0x8 1x60' }, '5m', {
      labels: { ...HOST, kind: 'file-edited' },
      summary: 'Somebody changed lb-1:9641: file-edited.',
    }),
    silent(
      'not for servers in maintenance',
      { [onHost('drift_total', 'kind="server-maint"')]: '0x8 1x60' },
      '5m',
    ),
    silent('not for ever', { [onHost('drift_total', 'kind="file-edited"')]: '0x8 1x400' }, '90m'),
  ],
  KubefiguratorHostNameShared: [
    firing({ [onHost('host_name_shared')]: '1x40' }, '3m', {
      labels: HOST,
      summary: 'Another agent has the host name of lb-1:9641.',
    }),
    silent('not without one', { [onHost('host_name_shared')]: '0x40' }, '3m'),
  ],
  KubefiguratorOldWorkers: [
    firing({ [onHost('haproxy_old_workers')]: '9x100' }, '16m', {
      labels: HOST,
      summary: '9 old HAProxy workers run on lb-1:9641; reloads are slowed down.',
    }),
    silent('not for a few', { [onHost('haproxy_old_workers')]: '8x100' }, '16m'),
    silent('not for a moment', { [onHost('haproxy_old_workers')]: '0x20 12x20 3x60' }, '16m'),
  ],
  KubefiguratorStatusNotWritten: [
    firing(
      {
        [onHost('status_writes_total', 'result="failed"')]: '0+1x200',
        [onHost('status_writes_total', 'result="written"')]: '7x200',
        [onHost('blind_seconds')]: '0x200',
      },
      '31m',
      { labels: { ...HOST, result: 'failed' }, summary: "lb-1:9641 can't write its status to etcd." },
    ),
    silent(
      'not if other writes go through',
      {
        [onHost('status_writes_total', 'result="failed"')]: '0+1x200',
        [onHost('status_writes_total', 'result="written"')]: '0+1x200',
      },
      '31m',
    ),
    silent(
      'not on a blind host',
      {
        [onHost('status_writes_total', 'result="failed"')]: '0+1x200',
        [onHost('status_writes_total', 'result="written"')]: '7x200',
        [onHost('blind_seconds')]: '0+15x200',
      },
      '31m',
    ),
  ],
  KubefiguratorProducerDown: [
    firing({ [`up{${TEXT_OF_POD}}`]: '0x40' }, '6m', {
      labels: POD,
      summary: 'No producer answers; changes of the cluster are not published.',
    }),
    {
      ...firing({}, '6m', {
        labels: { job: 'kubefigurator-producer' },
        summary: 'No producer answers; changes of the cluster are not published.',
      }),
      says: 'fires if there is no Pod',
    },
    silent('not for a rollout', { [`up{${TEXT_OF_POD}}`]: '1x3 _x4 1x40' }, '6m'),
  ],
  KubefiguratorProducerBlind: [
    firing({ [onPod('source_proof_of_life_age_seconds')]: '0+15x40' }, '2m', {
      labels: POD,
      summary: "The producer hasn't heard the API server for 2m 0s.",
    }),
    silent(
      'not before the first answer',
      { [onPod('source_proof_of_life_age_seconds')]: 'NaN '.repeat(40) },
      '2m',
    ),
    silent('not with a proof each 30 s', { [onPod('source_proof_of_life_age_seconds')]: '30x40' }, '5m'),
  ],
  KubefiguratorProducerNotStarted: [
    firing({ [onPod('source_complete')]: '0x40' }, '6m', {
      labels: POD,
      summary: "The producer can't list all Services and Nodes; it publishes nothing before it has.",
    }),
    silent('not at a start', { [onPod('source_complete')]: '0 0 1x40' }, '6m'),
  ],
  KubefiguratorProducerNotInSync: [
    firing({ [onPod('in_sync')]: '0x40', [onPod('source_complete')]: '1x40' }, '3m', {
      labels: POD,
      summary: "The producer can't publish: etcd doesn't hold the newest text.",
    }),
    silent('not for one publication', { [onPod('in_sync')]: '1 0 1x40' }, '3m'),
    silent('not before the lists', { [onPod('in_sync')]: '0x40', [onPod('source_complete')]: '0x40' }, '3m'),
  ],
  KubefiguratorNobodyServed: [
    firing({ [onPod('diagnostics', 'code="no-nodes",severity="error"')]: '1x40' }, '2m', {
      labels: { ...POD, code: 'no-nodes', severity: 'critical' },
      summary: 'No Service can be served: no-nodes.',
    }),
    silent(
      'not for another error',
      { [onPod('diagnostics', 'code="conflict-port",severity="error"')]: '1x40' },
      '2m',
    ),
  ],
  KubefiguratorNoRoom: [
    firing({ [onPod('diagnostics', 'code="no-room",severity="error"')]: '4x40' }, '6m', {
      labels: { ...POD, code: 'no-room' },
      summary: "The text is full: 4 new Service(s) or Node(s) don't fit.",
    }),
    silent('not with room', { [onPod('diagnostics', 'code="over-limit",severity="error"')]: '4x40' }, '6m'),
  ],
  KubefiguratorForeignText: [
    firing({ [onPod('foreign_texts_total')]: '0x4 1 2 3 4 5x40' }, '10m', {
      labels: POD,
      summary: 'Somebody else writes to the key: the producer has put its text back 5 times.',
    }),
    silent('not for one etcdctl put', { [onPod('foreign_texts_total')]: '0x8 1x40' }, '10m'),
  ],
  KubefiguratorServiceWrong: [
    firing({ [onPod('diagnostics', 'code="conflict-port",severity="error"')]: '2x100' }, '16m', {
      labels: { ...POD, code: 'conflict-port' },
      summary: '2 Service(s) have the error conflict-port.',
    }),
    silent(
      'not for a warning',
      { [onPod('diagnostics', 'code="unknown-option",severity="warning"')]: '2x100' },
      '16m',
    ),
    silent(
      'not if another alert says it',
      { [onPod('diagnostics', 'code="no-room",severity="error"')]: '2x100' },
      '16m',
    ),
  ],
  KubefiguratorNamespaceChangesTooOften: [
    firing({ [onPod('namespaces_waiting')]: '1x200' }, '31m', {
      labels: POD,
      summary: '1 namespace(s) have changed their Services too often for half an hour.',
    }),
    silent('not for a rollout', { [onPod('namespaces_waiting')]: '1x20 0x180' }, '31m'),
  ],
  KubefiguratorEventsNotWritten: [
    firing({ [onPod('events_total', 'result="failed"')]: '0x4 1x40' }, '5m', {
      labels: { ...POD, result: 'failed' },
      summary: 'The producer could not write Events: owners of Services are not told what is wrong.',
    }),
    silent('not for those that are written', { [onPod('events_total', 'result="created"')]: '0+1x40' }, '5m'),
  ],
};
