import type { EventTable } from './event.ts';
import { ERR, KEY, REASON, RETRY, REVISION } from './fields.ts';

const DIAGNOSTIC = {
  code: 'the stable code of the diagnostic',
  severity: '`error` or `warning`',
  subject: 'the object and its port',
  detail: 'what is wrong and what to do',
} as const;
const COLLECTION = { collection: 'the kind of object and its namespace' } as const;
const FOREIGN = { ...KEY, holds: 'what the key holds instead of our text' } as const;
const MANIFESTS = { from: 'the file or folder of --from' } as const;

/** What only the producer logs. */
export const producerEvents = {
  'pass.completed': {
    program: 'producer',
    levels: ['info'],
    meaning: 'A snapshot was compiled, and the text is in etcd.',
    fields: {
      reason: 'what triggered the pass: `cluster`, `etcd`, `reload`',
      result: '`published`, or `unchanged` if etcd had the text already',
      ...REVISION,
      bytes: 'the size of the text',
      services: 'the number of Services',
      ports: 'the number of ports that have a bind',
      nodes: 'the number of Nodes',
      frontends: 'the number of frontends',
      backends: 'the number of backends',
      servers: 'the number of servers',
      errors: 'the number of diagnostics of severity `error`',
      warnings: 'the number of diagnostics of severity `warning`',
      milliseconds: 'how long it took, in milliseconds',
    },
  },
  'pass.postponed': {
    program: 'producer',
    levels: ['debug'],
    meaning: 'Not every list from the API server is complete yet, so that there is no snapshot to compile.',
    fields: { reason: 'what triggered the pass' },
    endedBy: ['pass.completed'],
  },
  'publication.overtaken': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'Another writer changed the key between our read and our write; the write is tried again.',
    fields: FOREIGN,
    endedBy: ['pass.completed'],
  },
  'publication.overwrites-foreign': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'The key holds a text that this producer did not write; ours is put back.',
    fields: { ...FOREIGN, waitMs: 'the wait before that, in milliseconds; it grows if this happens often' },
    endedBy: ['pass.completed'],
    becomes: 'foreign-text.found',
  },
  'diagnostic.appeared': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'An object in the cluster has a mistake; the rest is served.',
    fields: DIAGNOSTIC,
    endedBy: ['diagnostic.resolved'],
  },
  'diagnostic.resolved': {
    program: 'producer',
    levels: ['info'],
    meaning: 'The mistake is mended, or the object is gone.',
    fields: DIAGNOSTIC,
  },
  'collection.listed': {
    program: 'producer',
    levels: ['debug'],
    meaning: 'All objects of a kind were listed.',
    fields: {
      ...COLLECTION,
      kept: 'the number of objects',
      milliseconds: 'how long it took, in milliseconds',
    },
  },
  'collection.watched': {
    program: 'producer',
    levels: ['info'],
    meaning: 'The watch of a kind of object delivers.',
    fields: { ...COLLECTION },
  },
  'collection.lost': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'The list or watch of a kind of object failed; what is known of these objects stays.',
    fields: { ...COLLECTION, ...REASON, server: "the API server's address", ...RETRY },
    endedBy: ['collection.watched'],
  },
  'collection.retried': {
    program: 'producer',
    levels: ['debug'],
    meaning: 'The list or watch of a kind of object failed again for the same reason.',
    fields: { ...COLLECTION, ...REASON, server: "the API server's address", ...RETRY },
    endedBy: ['collection.watched'],
  },
  'object.ignored': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'An object from the API server has a field of the wrong type and is ignored in this state.',
    fields: {
      ...REASON,
      object: 'kind and key of the object, as far as its metadata can be read',
      kept: 'true if an earlier state of the object stays in use',
    },
  },
  'manifests.passed-over': {
    program: 'producer',
    levels: ['info', 'debug'],
    meaning:
      'Manifests of kinds that the producer doesn’t read were ignored; at level info if there is no other manifest.',
    fields: { ...MANIFESTS, kinds: 'the number of manifests by kind' },
    becomes: 'manifests.ignored',
  },
  'manifests.unreadable': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'The manifests can’t be read; those read before stay.',
    fields: { ...MANIFESTS, ...REASON, kept: 'true if there are manifests from before' },
    endedBy: ['manifests.readable'],
    becomes: 'manifests.failed',
  },
  'manifests.readable': {
    program: 'producer',
    levels: ['info'],
    meaning: 'The manifests can be read again.',
    fields: MANIFESTS,
    becomes: 'manifests.recovered',
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
    fields: { ...REASON, object: "kind, namespace and name of the diagnostic's object" },
  },
  'events.limited': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'More Events are due than may be written, and the rest is dropped.',
    fields: { perMinute: 'the limit' },
  },
  'watch.stopped': {
    program: 'producer',
    levels: ['info'],
    meaning: 'The producer stopped after a signal.',
    fields: {},
    becomes: 'program.stopped',
  },
} as const satisfies EventTable;
