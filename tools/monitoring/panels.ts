import type { Row } from './panel.ts';
import { PRODUCER_ROW } from './producer-panels.ts';
import { consumer, one, ON_HOSTS, perHost, producer, rate, slowest } from './queries.ts';

/** Every metric of both programs, from what an operator asks first to what he asks last. */
export const ROWS: readonly Row[] = [
  {
    title: 'The fleet',
    panels: [
      {
        ...one('hosts', `count(${consumer('in_sync')})`, 'Hosts whose agent answers.'),
        kind: 'stat',
        bad: { below: 1 },
      },
      {
        ...one(
          'not in sync',
          `sum(1 - ${consumer('in_sync')})`,
          'Hosts whose HAProxy does not run all of the text.',
        ),
        kind: 'stat',
        bad: { from: 1 },
      },
      {
        ...one('left out', `sum(${consumer('left_out')})`, 'Parts of the text that hosts can not take.'),
        kind: 'stat',
        bad: { from: 1 },
      },
      {
        ...one(
          'blind',
          `count(${consumer('blind_seconds')} > 60) or vector(0)`,
          'Hosts that have not heard etcd for a minute.',
        ),
        kind: 'stat',
        bad: { from: 1 },
      },
      {
        ...one('frozen', `sum(${consumer('frozen')})`, 'Hosts that somebody has frozen for maintenance.'),
        kind: 'stat',
        bad: { from: 1 },
      },
      {
        ...one(
          'shared names',
          `sum(${consumer('host_name_shared')})`,
          'Agents with the host name of another agent.',
        ),
        kind: 'stat',
        bad: { from: 1 },
      },
      {
        ...one(
          'certificates in trouble',
          `sum(${consumer('certificate_troubles')})`,
          'Files that are broken, gone or expired, or that lost a host name.',
        ),
        kind: 'stat',
        bad: { from: 1 },
      },
      {
        ...one(
          'hosts without a certificate',
          `sum(${consumer('certificate_unnamed_hosts')})`,
          'Host names that no certificate of their bind names.',
        ),
        kind: 'stat',
        bad: { from: 1 },
      },
      {
        ...one(
          'reloads that would fail',
          `sum(${consumer('reload_trouble')})`,
          'Hosts whose HAProxy could not be reloaded or started with the files on disk.',
        ),
        kind: 'stat',
        bad: { from: 1 },
      },
      {
        ...one(
          'errors of Services',
          `sum(${producer('diagnostics')}{severity="error"}) or vector(0)`,
          'Diagnostics of severity error.',
        ),
        kind: 'stat',
        bad: { from: 1 },
      },
    ],
  },
  {
    title: 'Hosts',
    panels: [
      {
        title: 'in sync',
        kind: 'timeseries',
        about: '1 while HAProxy runs all of the text in etcd.',
        queries: perHost('in_sync'),
      },
      {
        title: 'revision',
        kind: 'timeseries',
        about: 'The revision of the text in etcd, and the one that each host runs.',
        queries: [
          ...perHost('revision_seen', '{{instance}} seen'),
          ...perHost('revision_applied', '{{instance}} applied'),
        ],
      },
      {
        title: 'passes by outcome',
        kind: 'timeseries',
        unit: 'ops',
        about: 'What became of each new text or cause.',
        queries: [
          {
            expression: `sum by (outcome) (${rate(consumer('applies_total'), ON_HOSTS)})`,
            legend: '{{outcome}}',
          },
        ],
      },
      {
        title: 'texts applied by method',
        kind: 'timeseries',
        unit: 'ops',
        about: 'runtime needs no reload.',
        queries: [
          {
            expression: `sum by (method) (${rate(consumer('applied_total'), ON_HOSTS)})`,
            legend: '{{method}}',
          },
        ],
      },
      {
        title: 'time to apply, 99th percentile',
        kind: 'timeseries',
        unit: 's',
        about: 'From the start of a pass to its outcome.',
        queries: [
          { expression: slowest(consumer('apply_seconds'), 'outcome', ON_HOSTS), legend: '{{outcome}}' },
        ],
      },
      {
        title: 'etcd last heard',
        kind: 'timeseries',
        unit: 's',
        about: 'Seconds since etcd last answered; while the connection is lost, they are blind seconds.',
        queries: [
          ...perHost('etcd_proof_of_life_age_seconds'),
          ...perHost('blind_seconds', '{{instance}} blind'),
        ],
      },
      {
        title: 'drift, present',
        kind: 'timeseries',
        about: 'What is not as the agent left it, by kind.',
        queries: [{ expression: `sum by (kind) (${consumer('drift')}${ON_HOSTS})`, legend: '{{kind}}' }],
      },
      {
        title: 'drift, found in an hour',
        kind: 'timeseries',
        about: 'Changes on hosts that their agents did not make, by kind.',
        queries: [
          {
            expression: `sum by (kind) (increase(${consumer('drift_total')}${ON_HOSTS}[1h]))`,
            legend: '{{kind}}',
          },
        ],
      },
      {
        title: 'old HAProxy workers',
        kind: 'timeseries',
        about:
          'Workers of earlier configs that finish their connections; from the eighth on, reloads are slowed down.',
        queries: perHost('haproxy_old_workers'),
      },
      {
        title: 'writes of the status',
        kind: 'timeseries',
        unit: 'ops',
        about: "Writes of the hosts' status to etcd by result.",
        queries: [
          {
            expression: `sum by (result) (${rate(consumer('status_writes_total'), ON_HOSTS)})`,
            legend: '{{result}}',
          },
        ],
      },
      {
        title: 'certificates that expire next',
        kind: 'table',
        unit: 'dateTimeFromNow',
        about: 'Until when the certificate that HAProxy serves for a file is valid.',
        queries: [
          {
            expression: `bottomk(20, min by (file, services) (${consumer('certificate_expiry_timestamp_seconds')}${ON_HOSTS})) * 1000`,
            legend: '{{file}}',
          },
        ],
      },
    ],
  },
  PRODUCER_ROW,
];
