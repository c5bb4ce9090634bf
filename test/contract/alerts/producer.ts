import { firing, onPod, POD, silent, TEXT_OF_POD, type Scenario } from './scenario.ts';

/** The same for the alerts of the producer. */
export const PRODUCER: Readonly<Record<string, readonly Scenario[]>> = {
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
    silent('not while a text is pinned', { [onPod('in_sync')]: '0x40', [onPod('pinned')]: '1x40' }, '3m'),
    silent('not in a pause', { [onPod('in_sync')]: '0x40', [onPod('paused')]: '1x40' }, '3m'),
  ],
  KubefiguratorNobodyLeads: [
    firing({ [onPod('leader')]: '0x40', [onPod('in_sync')]: '1x40' }, '2m', {
      labels: { job: POD.job },
      summary: 'No producer leads although one is ready; changes of the cluster are not published.',
    }),
    silent(
      'not beside one that leads',
      {
        [onPod('leader')]: '0x40',
        [onPod('in_sync')]: '1x40',
        [onPod('leader').replace('10.0.0.1', '10.0.0.2')]: '1x40',
      },
      '2m',
    ),
    silent(
      'not while the lease of one that was killed ends',
      { [onPod('leader')]: '1 0 0 1x40', [onPod('in_sync')]: '1x40' },
      '2m',
    ),
    silent('not if no producer is ready', { [onPod('leader')]: '0x40', [onPod('in_sync')]: '0x40' }, '2m'),
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
    silent(
      'not while a guard holds what was served',
      {
        [onPod('diagnostics', 'code="no-services",severity="error"')]: '1x40',
        [onPod('held', 'what="services"')]: '6x40',
      },
      '2m',
    ),
  ],
  KubefiguratorRemovalHeld: [
    firing({ [onPod('held', 'what="services"')]: '6x60', [onPod('held', 'what="hosts"')]: '9x60' }, '11m', {
      labels: { ...POD, what: 'services' },
      summary:
        'The cluster has much less than what is published: a guard holds what 6 Service(s) would lose.',
    }),
    silent('not if it is back soon', { [onPod('held', 'what="services"')]: '6x20 0x40' }, '11m'),
    silent('not if nothing is held', { [onPod('held', 'what="services"')]: '0x60' }, '11m'),
  ],
  KubefiguratorPublicationsPaused: [
    firing({ [onPod('paused')]: '1x6000' }, '25h', {
      labels: POD,
      summary: 'Publications have been paused for a day; changes of the cluster reach no host.',
    }),
    silent('not within a day', { [onPod('paused')]: '1x6000' }, '23h'),
    silent('not without a pause', { [onPod('paused')]: '0x6000' }, '25h'),
  ],
  KubefiguratorTextPinned: [
    firing({ [onPod('pinned')]: '1x6000' }, '25h', {
      labels: POD,
      summary: 'A text has been pinned for a day; changes of the cluster reach no host.',
    }),
    silent('not within a day', { [onPod('pinned')]: '1x6000' }, '23h'),
    silent('not without a pin', { [onPod('pinned')]: '0x6000' }, '25h'),
  ],
  KubefiguratorTextNearlyFull: [
    firing({ [onPod('text_limits_near')]: '1x60' }, '16m', {
      labels: POD,
      summary: 'The text comes near to 1 limit(s) of etcd or the hosts; new Services will be left out.',
    }),
    silent('not with room', { [onPod('text_limits_near')]: '0x60' }, '16m'),
    silent(
      'not if Services are left out already, which another alert says',
      {
        [onPod('text_limits_near')]: '1x60',
        [onPod('diagnostics', 'code="no-room",severity="error"')]: '2x60',
      },
      '16m',
    ),
  ],
  KubefiguratorPolicyRefused: [
    firing({ [onPod('policy_refused')]: '1x40' }, '6m', {
      labels: POD,
      summary: "The policy as it stands can't be used; the last good one counts.",
    }),
    silent('not if it is corrected soon', { [onPod('policy_refused')]: '1x8 0x40' }, '6m'),
    silent('not with a good one', { [onPod('policy_refused')]: '0x40' }, '6m'),
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
