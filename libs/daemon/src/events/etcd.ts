import type { EventTable } from './event.ts';
import { CODE, ERR, KEY, REASON, RETRY } from './fields.ts';

const FAILURE = { ...REASON, ...CODE, ...RETRY, cause: 'the message of the library that failed' } as const;

/** What the connection to etcd logs. */
export const etcdEvents = {
  'etcd.connected': {
    program: 'both',
    levels: ['info'],
    meaning: 'The key was read and is watched.',
    fields: { ...KEY },
  },
  'etcd.lost': {
    program: 'both',
    levels: ['warn'],
    meaning: 'The watch of the key broke; what runs is kept.',
    fields: FAILURE,
    endedBy: ['etcd.connected'],
  },
  'etcd.unreachable': {
    program: 'both',
    levels: ['warn', 'debug'],
    meaning: 'The key could not be read; at level debug if the attempt before failed with the same code.',
    fields: { ...FAILURE, ...ERR },
    endedBy: ['etcd.connected'],
    becomes: 'etcd-connection.failed',
  },
  'etcd.credentials-changed': {
    program: 'both',
    levels: ['info'],
    meaning: 'A file with a certificate, key or password changed: new connections use what it holds now.',
    fields: {},
    becomes: 'etcd-credentials.changed',
  },
  'etcd.credentials-unreadable': {
    program: 'both',
    levels: ['warn'],
    meaning: 'A file with a certificate, key or password can’t be read: what it held before is still used.',
    fields: { ...ERR },
    endedBy: ['etcd.credentials-changed'],
    becomes: 'etcd-credentials.failed',
  },
  'etcd.login-not-enabled': {
    program: 'both',
    levels: ['warn'],
    meaning: 'etcd has authentication switched off: requests go without user and password.',
    fields: { user: 'the user of --etcd-user' },
    becomes: 'etcd-login.skipped',
  },
  'status.failed': {
    program: 'consumer',
    levels: ['warn', 'debug'],
    meaning: 'The status of this host was not written; at level debug if that was logged before.',
    fields: { ...ERR, ...CODE },
  },
  'status.denied': {
    program: 'consumer',
    levels: ['warn', 'debug'],
    meaning: 'The etcd user may not write the status of this host; all the rest goes on.',
    fields: { ...ERR, ...CODE },
    endedBy: ['status.allowed'],
  },
  'status.allowed': {
    program: 'consumer',
    levels: ['info'],
    meaning: 'The etcd user may write the status of this host again.',
    fields: {},
  },
  'presence.failed': {
    program: 'consumer',
    levels: ['warn', 'debug'],
    meaning: 'The presence of this host was not written to etcd; at level debug if that was logged before.',
    fields: { ...ERR, ...CODE },
  },
  'presence.denied': {
    program: 'consumer',
    levels: ['warn', 'debug'],
    meaning: 'The etcd user may not write the presence of this host; all the rest goes on.',
    fields: { ...ERR, ...CODE },
    endedBy: ['presence.allowed'],
  },
  'presence.allowed': {
    program: 'consumer',
    levels: ['info'],
    meaning: 'The etcd user may write the presence of this host again.',
    fields: {},
  },
} as const satisfies EventTable;
