import type { Row } from './panel.ts';
import { producer, rate, slowest } from './queries.ts';

/** Every metric of the producer that isn't about the fleet. */
export const PRODUCER_ROW: Row = {
  title: 'Producer',
  panels: [
    {
      title: 'in sync, lists complete',
      kind: 'timeseries',
      about: '1 while the key holds the text of the newest snapshot; 1 once everything was listed.',
      queries: [
        { expression: producer('in_sync'), legend: 'in sync' },
        { expression: producer('source_complete'), legend: 'lists complete' },
      ],
    },
    {
      title: 'last heard',
      kind: 'timeseries',
      unit: 's',
      about: 'Seconds since the API server and etcd last answered.',
      queries: [
        { expression: producer('source_proof_of_life_age_seconds'), legend: 'API server' },
        { expression: producer('etcd_proof_of_life_age_seconds'), legend: 'etcd' },
      ],
    },
    {
      title: 'diagnostics',
      kind: 'timeseries',
      about: 'What is wrong with Services and Nodes, by code.',
      queries: [{ expression: producer('diagnostics'), legend: '{{severity}} {{code}}' }],
    },
    {
      title: 'leads, held, paused, pinned, waiting, policy',
      kind: 'timeseries',
      about:
        'Which producer leads, what a guard holds, 1 while an operator has stopped publications or pinned a text, 1 while the pinned text is not put back, namespaces that change too often, and 1 while the policy as it stands can not be used.',
      queries: [
        { expression: producer('leader'), legend: '{{instance}} leads' },
        { expression: producer('held'), legend: 'held {{what}}' },
        { expression: producer('paused'), legend: 'paused' },
        { expression: producer('pinned'), legend: 'pinned' },
        { expression: producer('pin_unrestored'), legend: 'pinned and not put back' },
        { expression: producer('namespaces_waiting'), legend: 'namespaces that wait' },
        { expression: producer('policy_refused'), legend: 'policy refused' },
      ],
    },
    {
      title: 'objects',
      kind: 'timeseries',
      about: 'Services and Nodes of the last pass.',
      queries: [{ expression: producer('objects'), legend: '{{kind}}' }],
    },
    {
      title: 'publications',
      kind: 'timeseries',
      unit: 'ops',
      about: 'By result; a text that is there already is unchanged.',
      queries: [
        { expression: `sum by (result) (${rate(producer('publications_total'))})`, legend: '{{result}}' },
      ],
    },
    {
      title: 'passes, foreign texts',
      kind: 'timeseries',
      unit: 'ops',
      about: 'Compilations by result, and texts of others that were found in the key.',
      queries: [
        { expression: `sum by (result) (${rate(producer('passes_total'))})`, legend: '{{result}}' },
        { expression: rate(producer('foreign_texts_total')), legend: 'foreign texts' },
      ],
    },
    {
      title: 'time of each stage, 99th percentile',
      kind: 'timeseries',
      unit: 's',
      about: 'From a snapshot to its text in etcd.',
      queries: [{ expression: slowest(producer('stage_seconds'), 'stage'), legend: '{{stage}}' }],
    },
    {
      title: 'size of the text',
      kind: 'timeseries',
      unit: 'bytes',
      about: 'The value in etcd; from about 1.4 MiB on it is gzipped.',
      queries: [{ expression: producer('text_bytes'), legend: 'bytes' }],
    },
    {
      title: 'room for the text',
      kind: 'timeseries',
      unit: 'percentunit',
      about:
        'How much of each limit of etcd and the hosts the text uses; from nine tenths on new Services are left out.',
      queries: [{ expression: producer('text_share'), legend: '{{limit}}' }],
    },
    {
      title: 'limits near',
      kind: 'timeseries',
      about: 'Limits of which the text uses more than --size-warning.',
      queries: [{ expression: producer('text_limits_near'), legend: 'limits' }],
    },
    {
      title: 'revision of the text',
      kind: 'timeseries',
      about: "etcd's revision of the text that was last published or found.",
      queries: [{ expression: producer('revision'), legend: 'revision' }],
    },
    {
      title: 'Events',
      kind: 'timeseries',
      unit: 'ops',
      about: 'Events on Services and Nodes by result.',
      queries: [{ expression: `sum by (result) (${rate(producer('events_total'))})`, legend: '{{result}}' }],
    },
  ],
};
