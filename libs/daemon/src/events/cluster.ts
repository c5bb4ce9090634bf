import type { EventTable } from './event.ts';
import { DURATION, ERR, REASON, RETRY } from './fields.ts';

const COLLECTION = { collection: 'the kind of object and its namespace' } as const;
const MANIFESTS = { path: 'the file or folder of --from' } as const;

/** What the producer logs about reading objects from the cluster, and about writing Events to it. */
export const clusterEvents = {
  'collection.listed': {
    program: 'producer',
    levels: ['debug'],
    meaning: 'All objects of a kind were listed.',
    fields: {
      ...COLLECTION,
      count: 'the number of objects',
      ...DURATION,
    },
  },
  'collection.watched': {
    program: 'producer',
    levels: ['info', 'warn'],
    meaning: 'The watch of a kind of object delivers; at level warn after a failure.',
    fields: { ...COLLECTION },
  },
  'collection.interrupted': {
    program: 'producer',
    levels: ['debug'],
    meaning:
      'A watch ended without an error of the API server, as servers and proxies end watches; it goes on from the last version, and no change is missed.',
    fields: { ...COLLECTION, ...REASON, ...RETRY },
  },
  'collection.expired': {
    program: 'producer',
    levels: ['info'],
    meaning:
      'After an interruption the API server no longer had the changes since the last version, so that everything is listed again.',
    fields: { ...COLLECTION, ...REASON },
  },
  'collection.lost': {
    program: 'producer',
    levels: ['warn', 'debug'],
    meaning:
      'The list or watch of a kind of object failed; what is known of these objects stays; at level debug if the reason is the same as before.',
    fields: { ...COLLECTION, ...REASON, server: "the API server's address", ...RETRY },
    endedBy: ['collection.watched'],
  },
  'credential-plugin.delayed': {
    program: 'producer',
    levels: ['warn'],
    meaning:
      'The credential plugin of the kubeconfig still runs, maybe because it waits for a person; logged again when it has written more.',
    fields: {
      plugin: 'the plugin and its user',
      stderr: 'what it has written to stderr, without anything that looks like a token',
      limitMs: 'the time after which it is killed, in milliseconds',
      ...DURATION,
    },
    endedBy: ['credential-plugin.completed'],
  },
  'credential-plugin.completed': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'A credential plugin that was slow has given a credential.',
    fields: { plugin: 'the plugin and its user', ...DURATION },
  },
  'oidc-token.refreshed': {
    program: 'producer',
    levels: ['info', 'warn'],
    meaning:
      'The id-token of the kubeconfig had expired and was refreshed; at level warn if the new tokens can’t be written to the kubeconfig.',
    fields: { user: 'the user in the kubeconfig', file: 'the kubeconfig', ...REASON },
  },
  'object.ignored': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'An object from the API server has a field of the wrong type and is ignored in this state.',
    fields: {
      ...REASON,
      subject: 'the object, or its kind if its metadata can’t be read',
      kept: 'true if an earlier state of the object stays in use',
    },
  },
  'manifests.ignored': {
    program: 'producer',
    levels: ['info', 'debug'],
    meaning:
      'Manifests of kinds that the producer doesn’t read were ignored; at level info if there is no other manifest.',
    fields: { ...MANIFESTS, kinds: 'the number of manifests by kind' },
  },
  'manifests.failed': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'The manifests can’t be read; those read before stay.',
    fields: { ...MANIFESTS, ...REASON, kept: 'true if there are manifests from before' },
    endedBy: ['manifests.recovered'],
  },
  'manifests.recovered': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'The manifests can be read again.',
    fields: MANIFESTS,
  },
  'manifests.polled': {
    program: 'producer',
    levels: ['debug'],
    meaning: 'The system can’t notify us of changes in this folder, so that it is only polled.',
    fields: { ...ERR, path: 'the folder' },
  },
  'event.failed': {
    program: 'producer',
    levels: ['warn', 'debug'],
    meaning: 'An Event was not written to the API server; at level debug if that was logged before.',
    fields: { ...REASON, subject: 'the object of the diagnostic' },
  },
  'events.limited': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'More Events are due than may be written, and the rest is dropped.',
    fields: { perMinute: 'the limit' },
    endedBy: ['events.resumed'],
  },
  'events.resumed': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'Events are written again.',
    fields: { perMinute: 'the limit' },
  },
} as const satisfies EventTable;
