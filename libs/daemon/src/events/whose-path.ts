import type { EventTable } from './event.ts';
import { KEY, REASON, RETRY } from './fields.ts';

/** What the producer logs about the cluster that the path in etcd belongs to, and about the producer that leads. */
export const whosePathEvents = {
  'cluster.unidentified': {
    program: 'producer',
    levels: ['warn', 'debug'],
    meaning:
      'The API server didn’t say which cluster it is (the uid of the Namespace kube-system), and nothing is published of what was listed since; at level debug if the reason is the same as before.',
    fields: { ...REASON, server: "the API server's address", ...RETRY },
    endedBy: ['cluster.identified'],
  },
  'cluster.identified': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'The API server has said which cluster it is, after a failure.',
    fields: {},
  },
  'path.refused': {
    program: 'producer',
    levels: ['warn', 'debug'],
    meaning:
      'The path in etcd belongs to another cluster, so that nothing is published; at level debug if that was logged before.',
    fields: { ...REASON, hint: 'what to do' },
    endedBy: ['path.accepted'],
  },
  'path.accepted': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'The path in etcd belongs to this cluster now.',
    fields: KEY,
  },
  'path.claimed': {
    program: 'producer',
    levels: ['info', 'warn'],
    meaning:
      'From now on etcd says that the path belongs to this cluster: it belonged to none, or an operator has said `take-over`, or its name has changed.',
    fields: { ...KEY, what: 'the cluster' },
  },
  'path.unprotected': {
    program: 'producer',
    levels: ['warn'],
    meaning:
      'etcd denies this user the key that says to which cluster the path belongs, so that nothing stops a producer of another cluster.',
    fields: KEY,
    endedBy: ['path.protected'],
  },
  'path.protected': {
    program: 'producer',
    levels: ['warn'],
    meaning:
      'etcd no longer denies the key that says to which cluster the path belongs: a producer of another cluster is refused from now on.',
    fields: KEY,
  },
  'leadership.gained': {
    program: 'producer',
    // At level warn if it was lost before.
    levels: ['info', 'warn'],
    meaning: 'This producer leads: of several for one path, only it publishes.',
    fields: { ...KEY, revision: "etcd's revision at which the key of the leader came into being" },
  },
  'leadership.lost': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'This producer doesn’t lead any more, and publishes nothing.',
    fields: KEY,
    endedBy: ['leadership.gained'],
  },
  'leader.followed': {
    program: 'producer',
    levels: ['info'],
    meaning: 'Another producer leads; this one is ready to take its place.',
    fields: { ...KEY, leader: 'who leads' },
  },
  'election.skipped': {
    program: 'producer',
    levels: ['warn'],
    meaning:
      'etcd denies this user the key of the leader, so that this producer publishes whether another one does or not.',
    fields: KEY,
  },
  'pass.rehearsed': {
    program: 'producer',
    levels: ['debug'],
    meaning: 'A snapshot was compiled to be ready, and not published, since another producer leads.',
    fields: { reason: 'what triggered the pass' },
  },
} as const satisfies EventTable;
