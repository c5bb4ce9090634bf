import type { EventTable } from './event.ts';
import { CODE, ERR, KEY, REASON, RETRY } from './fields.ts';

const FAILURE = { ...REASON, ...CODE, ...RETRY, cause: 'the message of the library that failed' } as const;

/** What the connection to etcd logs. */
export const etcdEvents = {
  'etcd.connected': {
    program: 'both',
    levels: ['info', 'warn'],
    meaning: 'The key was read and is watched; at level warn after a failure.',
    fields: { ...KEY },
  },
  'etcd.lost': {
    program: 'both',
    levels: ['warn'],
    meaning: 'The watch of the key broke; what runs is kept.',
    fields: FAILURE,
    endedBy: ['etcd.connected'],
  },
  'etcd-connection.failed': {
    program: 'both',
    levels: ['warn', 'debug'],
    meaning: 'The key could not be read; at level debug if the attempt before failed with the same code.',
    fields: FAILURE,
    endedBy: ['etcd.connected'],
  },
  'stops.denied': {
    program: 'producer',
    levels: ['warn'],
    meaning:
      'etcd denies this user the keys of pause and pin, so that texts are published whether an operator has stopped them or not; it is tried again each minute.',
    fields: { ...KEY, hint: 'which role is missing' },
    endedBy: ['stops.read'],
  },
  'stops.read': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'A pause and a pin count again.',
    fields: { ...KEY },
  },
  'progress-request.ignored': {
    program: 'both',
    levels: ['info'],
    meaning:
      'etcd answers reads, but no progress request, as `etcd grpc-proxy` does: a read every 10 s is the proof of life of the watch; logged once.',
    fields: { ...KEY },
  },
  'etcd-credentials.changed': {
    program: 'both',
    levels: ['info'],
    meaning: 'A file with a certificate, key or password changed: new connections use what it holds now.',
    fields: {},
  },
  'etcd-credentials.failed': {
    program: 'both',
    levels: ['warn', 'debug'],
    meaning: 'A file with a certificate, key or password can’t be read: what it held before is still used.',
    fields: { ...ERR },
    endedBy: ['etcd-credentials.recovered'],
  },
  'etcd-credentials.recovered': {
    program: 'both',
    levels: ['warn'],
    meaning: 'The files with certificate, key and password can be read again.',
    fields: {},
  },
  'etcd-login.skipped': {
    program: 'both',
    levels: ['warn'],
    meaning: 'etcd has authentication switched off: requests go without user and password.',
    fields: { user: 'the user of --etcd-user' },
  },
  'status.failed': {
    program: 'consumer',
    levels: ['warn', 'debug'],
    meaning: 'The status of this host was not written to etcd; at level debug if that was logged before.',
    fields: { ...ERR, ...CODE },
    endedBy: ['status.recovered'],
  },
  'status.denied': {
    program: 'consumer',
    levels: ['warn', 'debug'],
    meaning: 'The etcd user may not write the status of this host; all the rest goes on.',
    fields: { ...ERR, ...CODE },
    endedBy: ['status.recovered'],
  },
  'status.recovered': {
    program: 'consumer',
    levels: ['warn'],
    meaning: 'The status of this host was written to etcd after a failure at level warn.',
    fields: {},
  },
  'presence.failed': {
    program: 'consumer',
    levels: ['warn', 'debug'],
    meaning: 'The presence of this host was not written to etcd; at level debug if that was logged before.',
    fields: { ...ERR, ...CODE },
    endedBy: ['presence.recovered'],
  },
  'presence.denied': {
    program: 'consumer',
    levels: ['warn', 'debug'],
    meaning: 'The etcd user may not write the presence of this host; all the rest goes on.',
    fields: { ...ERR, ...CODE },
    endedBy: ['presence.recovered'],
  },
  'presence.recovered': {
    program: 'consumer',
    levels: ['warn'],
    meaning: 'The presence of this host was written to etcd after a failure at level warn.',
    fields: {},
  },
  'host-name.duplicated': {
    program: 'consumer',
    levels: ['warn', 'debug'],
    meaning:
      'Another running agent has the same host name, so that each overwrites the other’s status; at level debug if all of these agents were logged before.',
    fields: {
      host: 'the name that they share',
      others: 'the other agents: process, machine, addresses and start',
      hint: 'what the operator can do about it',
    },
    endedBy: ['host-name.recovered'],
  },
  'host-name.recovered': {
    program: 'consumer',
    levels: ['warn'],
    meaning: 'No other agent with the name of this host writes to etcd any more.',
    fields: { host: 'the name of this host' },
  },
} as const satisfies EventTable;
