/** One alert; the section of docs/operations.md with its name is its runbook. */
export interface Alert {
  readonly name: string;
  /** PromQL: every series that it gives is an alert. */
  readonly expression: string;
  /** How long the series must exist before the alert fires, in Prometheus' spelling; undefined: no time. */
  readonly wait?: string;
  /** critical: clients are affected, or changes don't reach a host. warning: look today. info: look some time. */
  readonly severity: 'critical' | 'warning' | 'info';
  /** One sentence; `{{ $labels.instance }}` and `{{ $value }}` are those of the series. */
  readonly summary: string;
}

/** The names of the scrape jobs, which `up` has as its label `job`. */
export const JOBS = { producer: 'kubefigurator-producer', consumer: 'kubefigurator-consumer' } as const;

const DAY_SECONDS = 86_400;
const SECONDS_LEFT = 'kubefigurator_consumer_certificate_expiry_timestamp_seconds - time()';
const HOST = '{{ $labels.instance }}';

/** One fault fires one alert: `unless` silences an alert while a more exact one fires for the same host or producer. */
export const ALERTS: Readonly<Record<'consumer' | 'producer', readonly Alert[]>> = {
  consumer: [
    {
      name: 'KubefiguratorHaproxyStopped',
      expression: 'kubefigurator_consumer_drift{kind="haproxy-stopped"} > 0',
      wait: '1m',
      severity: 'critical',
      summary: `HAProxy is down on ${HOST}.`,
    },
    {
      name: 'KubefiguratorHostNotInSync',
      expression:
        'kubefigurator_consumer_in_sync == 0 unless ignoring (kind) (kubefigurator_consumer_left_out > 0 or kubefigurator_consumer_frozen == 1 or kubefigurator_consumer_drift{kind="haproxy-stopped"} > 0)',
      wait: '2m',
      severity: 'critical',
      summary: `HAProxy on ${HOST} doesn't run the text that etcd has.`,
    },
    {
      name: 'KubefiguratorHostBlind',
      expression: 'kubefigurator_consumer_blind_seconds > 60',
      severity: 'critical',
      summary: `${HOST} has not heard etcd for {{ $value | humanizeDuration }}; it serves what it received last.`,
    },
    {
      name: 'KubefiguratorConsumerDown',
      expression: `up{job="${JOBS.consumer}"} == 0`,
      wait: '5m',
      severity: 'critical',
      summary: `The agent on ${HOST} doesn't answer; changes may not reach this host.`,
    },
    {
      name: 'KubefiguratorLeftOut',
      expression: 'kubefigurator_consumer_left_out > 0',
      wait: '2m',
      severity: 'warning',
      summary: `${HOST} can't take {{ $value }} part(s) of the text, and leaves them out.`,
    },
    {
      name: 'KubefiguratorCertificateTrouble',
      expression: 'kubefigurator_consumer_certificate_troubles > 0',
      wait: '5m',
      severity: 'warning',
      summary: `{{ $value }} certificate(s) on ${HOST} are broken, gone or expired, or lost a host name; HAProxy serves those before.`,
    },
    {
      name: 'KubefiguratorCertificateExpires',
      expression: `${SECONDS_LEFT} < ${14 * DAY_SECONDS} and ${SECONDS_LEFT} >= ${2 * DAY_SECONDS}`,
      wait: '1h',
      severity: 'warning',
      summary: `The certificate {{ $labels.file }} on ${HOST} expires in {{ $value | humanizeDuration }}.`,
    },
    {
      name: 'KubefiguratorCertificateExpiresSoon',
      expression: `${SECONDS_LEFT} < ${2 * DAY_SECONDS}`,
      wait: '5m',
      severity: 'critical',
      summary: `The certificate {{ $labels.file }} on ${HOST} expires in {{ $value | humanizeDuration }}.`,
    },
    {
      name: 'KubefiguratorHostFrozen',
      expression: 'kubefigurator_consumer_frozen == 1',
      wait: '1d',
      severity: 'warning',
      summary: `${HOST} has been frozen for a day; nothing is applied there.`,
    },
    {
      name: 'KubefiguratorHostChanged',
      expression: 'increase(kubefigurator_consumer_drift_total{kind!~"server-.*|haproxy-stopped"}[1h]) > 0',
      severity: 'info',
      summary: `Somebody changed ${HOST}: {{ $labels.kind }}.`,
    },
    {
      name: 'KubefiguratorHostNameShared',
      expression: 'kubefigurator_consumer_host_name_shared == 1',
      wait: '2m',
      severity: 'warning',
      summary: `Another agent has the host name of ${HOST}.`,
    },
    {
      name: 'KubefiguratorOldWorkers',
      expression: 'kubefigurator_consumer_haproxy_old_workers > 8',
      wait: '15m',
      severity: 'warning',
      summary: `{{ $value }} old HAProxy workers run on ${HOST}; reloads are slowed down.`,
    },
    {
      name: 'KubefiguratorStatusNotWritten',
      expression:
        'increase(kubefigurator_consumer_status_writes_total{result="failed"}[15m]) > 0 unless ignoring (result) increase(kubefigurator_consumer_status_writes_total{result="written"}[15m]) > 0 unless ignoring (result) kubefigurator_consumer_blind_seconds > 0',
      wait: '15m',
      severity: 'info',
      summary: `${HOST} can't write its status to etcd.`,
    },
  ],
  producer: [
    {
      name: 'KubefiguratorProducerDown',
      expression: `up{job="${JOBS.producer}"} == 0 or absent(up{job="${JOBS.producer}"})`,
      wait: '5m',
      severity: 'critical',
      summary: 'No producer answers; changes of the cluster are not published.',
    },
    {
      name: 'KubefiguratorProducerBlind',
      expression: 'kubefigurator_producer_source_proof_of_life_age_seconds > 60',
      severity: 'critical',
      summary: "The producer hasn't heard the API server for {{ $value | humanizeDuration }}.",
    },
    {
      name: 'KubefiguratorProducerNotStarted',
      expression: 'kubefigurator_producer_source_complete == 0',
      wait: '5m',
      severity: 'critical',
      summary: "The producer can't list all Services and Nodes; it publishes nothing before it has.",
    },
    {
      name: 'KubefiguratorProducerNotInSync',
      expression:
        'kubefigurator_producer_in_sync == 0 unless (kubefigurator_producer_source_complete == 0 or kubefigurator_producer_paused == 1 or kubefigurator_producer_pinned == 1)',
      wait: '2m',
      severity: 'critical',
      summary: "The producer can't publish: etcd doesn't hold the newest text.",
    },
    {
      name: 'KubefiguratorNobodyLeads',
      expression:
        'max without (instance, pod) (kubefigurator_producer_leader) == 0 unless max without (instance, pod) (kubefigurator_producer_in_sync) == 0',
      wait: '1m',
      severity: 'critical',
      summary: 'No producer leads although one is ready; changes of the cluster are not published.',
    },
    {
      name: 'KubefiguratorNobodyServed',
      expression:
        'kubefigurator_producer_diagnostics{code=~"no-nodes|no-services"} > 0 unless on (instance) kubefigurator_producer_held{what="services"} > 0',
      wait: '1m',
      severity: 'critical',
      summary: 'No Service can be served: {{ $labels.code }}.',
    },
    {
      name: 'KubefiguratorRemovalHeld',
      expression: 'kubefigurator_producer_held{what="services"} > 0',
      wait: '10m',
      severity: 'warning',
      summary:
        'The cluster has much less than what is published: a guard holds what {{ $value }} Service(s) would lose.',
    },
    {
      name: 'KubefiguratorPublicationsPaused',
      expression: 'kubefigurator_producer_paused == 1',
      wait: '1d',
      severity: 'warning',
      summary: 'Publications have been paused for a day; changes of the cluster reach no host.',
    },
    {
      name: 'KubefiguratorTextPinned',
      expression: 'kubefigurator_producer_pinned == 1',
      wait: '1d',
      severity: 'warning',
      summary: 'A text has been pinned for a day; changes of the cluster reach no host.',
    },
    {
      name: 'KubefiguratorTextNearlyFull',
      expression:
        'kubefigurator_producer_text_limits_near > 0 unless on (instance) kubefigurator_producer_diagnostics{code="no-room"} > 0',
      wait: '15m',
      severity: 'warning',
      summary:
        'The text comes near to {{ $value }} limit(s) of etcd or the hosts; new Services will be left out.',
    },
    {
      name: 'KubefiguratorPolicyRefused',
      expression: 'kubefigurator_producer_policy_refused == 1',
      wait: '5m',
      severity: 'warning',
      summary: "The policy as it stands can't be used; the last good one counts.",
    },
    {
      name: 'KubefiguratorNoRoom',
      expression: 'kubefigurator_producer_diagnostics{code="no-room"} > 0',
      wait: '5m',
      severity: 'warning',
      summary: "The text is full: {{ $value }} new Service(s) or Node(s) don't fit.",
    },
    {
      name: 'KubefiguratorForeignText',
      expression: 'increase(kubefigurator_producer_foreign_texts_total[15m]) > 2',
      severity: 'warning',
      summary:
        'Somebody else writes to the key: the producer has put its text back {{ $value | printf "%.0f" }} times.',
    },
    {
      name: 'KubefiguratorServiceWrong',
      expression:
        'kubefigurator_producer_diagnostics{severity="error", code!~"no-nodes|no-services|no-room"} > 0',
      wait: '15m',
      severity: 'info',
      summary: '{{ $value }} Service(s) have the error {{ $labels.code }}.',
    },
    {
      name: 'KubefiguratorNamespaceChangesTooOften',
      expression: 'kubefigurator_producer_namespaces_waiting > 0',
      wait: '30m',
      severity: 'info',
      summary: '{{ $value }} namespace(s) have changed their Services too often for half an hour.',
    },
    {
      name: 'KubefiguratorEventsNotWritten',
      expression: 'increase(kubefigurator_producer_events_total{result="failed"}[1h]) > 0',
      severity: 'info',
      summary: 'The producer could not write Events: owners of Services are not told what is wrong.',
    },
  ],
};
