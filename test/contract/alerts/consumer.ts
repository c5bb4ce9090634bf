import { firing, HOST, onHost, silent, TEXT_OF_HOST, type Scenario } from './scenario.ts';

const [EXPIRY, CERTIFICATE] = [
  'certificate_expiry_timestamp_seconds',
  { file: '/etc/haproxy/ssl/a.pem', services: 'shop/web' },
];
const certificate = (seconds: number): Scenario['series'] => ({
  [onHost(EXPIRY, `file="${CERTIFICATE.file}",services="${CERTIFICATE.services}"`)]: `${String(seconds)}x400`,
});
const DAY = 86_400;

/** For each alert of the consumer at least one case in which it fires, and those in which it must not. */
export const CONSUMER: Readonly<Record<string, readonly Scenario[]>> = {
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
      summary:
        '2 certificate(s) on lb-1:9641 are broken, gone or expired, or lost a host name; HAProxy serves those before.',
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
};
