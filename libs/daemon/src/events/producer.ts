import type { EventTable } from './event.ts';
import { DURATION, KEY, REASON, REVISION } from './fields.ts';

const DIAGNOSTIC = {
  code: 'the stable code of the diagnostic',
  severity: '`error` or `warning`',
  subject: 'the object and its port',
  detail: 'what is wrong and what to do',
} as const;
const FOREIGN = { ...KEY, holds: 'what the key holds instead of our text' } as const;
const SIGNATURE = {
  by: 'who did it',
  at: 'when, in ISO 8601',
  reason: 'why, in the words of who did it',
} as const;

/** What only the producer logs, besides what it logs of the cluster. */
export const producerEvents = {
  'pass.completed': {
    program: 'producer',
    levels: ['info'],
    meaning: 'A snapshot was compiled, and the text is in etcd.',
    fields: {
      reason:
        'what triggered the pass: `cluster`, `etcd`, `guard`, `leader` (this producer leads from now on), `reload`, `namespace` (one that changes too often may publish again), `policy` (another one counts)',
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
      ...DURATION,
    },
  },
  'pass.postponed': {
    program: 'producer',
    levels: ['debug'],
    meaning: 'Not every list from the API server is complete yet, so that there is no snapshot to compile.',
    fields: { reason: 'what triggered the pass' },
    endedBy: ['pass.completed'],
  },
  'publication.paused': {
    program: 'producer',
    levels: ['warn', 'debug'],
    meaning:
      'A text was compiled and not published, since an operator has stopped publications; at level debug from the second one on.',
    fields: { reason: 'what triggered the pass' },
    endedBy: ['publication.resumed'],
  },
  'publication.resumed': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'Texts are published again after a pause.',
    fields: {},
  },
  'publication.pinned': {
    program: 'producer',
    levels: ['warn', 'debug'],
    meaning:
      'A text was compiled and not published, since an operator has pinned another one; at level debug from the second one on.',
    fields: {
      reason: 'what triggered the pass',
      pinned: 'the revision in the history whose text is pinned',
      by: 'who pinned it',
      detail: 'how the text that would be published differs from the pinned one',
    },
    endedBy: ['publication.unpinned', 'leadership.lost'],
  },
  'publication.unpinned': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'No text is pinned any more, so that texts are published again.',
    fields: {},
  },
  'pinned-text.unrestored': {
    program: 'producer',
    levels: ['warn'],
    meaning:
      'A text is pinned and would not be put back, or the key holds another one that stays: nothing is published until an operator says which text counts.',
    fields: { ...REASON, hint: 'what to do' },
    endedBy: ['pinned-text.restored', 'publication.unpinned', 'leadership.lost'],
  },
  'pinned-text.restored': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'The key holds the pinned text again.',
    fields: {},
  },
  'difference.unwritten': {
    program: 'producer',
    levels: ['debug'],
    meaning:
      'How the text that would be published differs from the pinned one could not be written to etcd for `status`; the next pass tries it again.',
    fields: REASON,
  },
  'history.unwritten': {
    program: 'producer',
    levels: ['warn', 'debug'],
    meaning:
      'A publication could not be added to the history; it is published all the same, and the next one’s entry stands for both; at level debug from the second failure on.',
    fields: { ...REVISION, ...REASON },
    endedBy: ['history.written', 'leadership.lost'],
  },
  'history.written': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'Publications are added to the history again.',
    fields: REVISION,
  },
  'text-room.short': {
    program: 'producer',
    levels: ['warn', 'debug'],
    meaning:
      'The published text uses more of what etcd or the hosts take than --size-warning; warn again only if it is another limit.',
    fields: { what: 'how much of which limit it uses', hint: 'what to do' },
    endedBy: ['text-room.recovered'],
  },
  'text-room.recovered': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'The published text uses less of every limit than --size-warning.',
    fields: {},
  },
  'host.forgotten': {
    program: 'producer',
    levels: ['warn'],
    meaning:
      'An operator has removed the status of a host that is gone (forget); this command itself logs it.',
    fields: { host: 'the host', ...SIGNATURE },
  },
  'removal.held': {
    program: 'producer',
    levels: ['warn'],
    meaning:
      'The cluster has much less than the text in etcd: what is gone stays published until it is back, approved or, for servers, confirmed; logged again at growing intervals.',
    fields: {
      reason: 'how much would go, of how much in the last ten minutes',
      since: 'when the first of it was held, in ISO 8601',
      everything: 'true if nothing of what stands would be left',
      what: 'the Services, at most 10',
    },
    endedBy: ['removal.released'],
  },
  'removal.released': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'Nothing is held any more.',
    fields: {},
  },
  'removal.unrecorded': {
    program: 'producer',
    levels: ['warn'],
    meaning:
      'What is held could not be written to etcd for operators; it is held all the same, and written after the next pass.',
    fields: REASON,
  },
  'approval.obeyed': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'What an operator has approved is gone from the text.',
    fields: { ...SIGNATURE, what: 'the Services, at most 10' },
  },
  'approval.outdated': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'What an operator has approved is not what is held now, so that nothing was done.',
    fields: { ...SIGNATURE, what: 'empty' },
  },
  'namespace.delayed': {
    program: 'producer',
    levels: ['warn'],
    meaning:
      'The Services of a namespace change too often (--namespace-changes): their changes wait, those of others don’t.',
    fields: {
      namespace: 'the namespace',
      waitMs: 'the time until the next pass is due for that, in milliseconds',
    },
    endedBy: ['namespace.resumed'],
  },
  'namespace.resumed': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'No change of the namespace waits, and its next one will not wait either.',
    fields: { namespace: 'the namespace' },
  },
  'node.delayed': {
    program: 'producer',
    levels: ['warn'],
    meaning:
      'A Node changes too often (--namespace-changes): its last change waits, so that those of Services and of other Nodes don’t.',
    fields: { node: 'its name', waitMs: 'the time until the next pass is due for that, in milliseconds' },
    endedBy: ['node.resumed'],
  },
  'node.resumed': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'No change of the Node waits, and its next one will not wait either.',
    fields: { node: 'its name' },
  },
  'release.obeyed': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'What an operator has freed with `release` went to the oldest Service that asks for it.',
    fields: { what: 'the bind, and perhaps the host on it; several are separated by commas' },
  },
  'publication.overtaken': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'Another writer changed the key between our read and our write; the write is tried again.',
    fields: FOREIGN,
    endedBy: ['foreign-text.replaced'],
  },
  'foreign-text.found': {
    program: 'producer',
    levels: ['warn'],
    meaning:
      'The key holds a text that this producer did not write, no text, or nothing; ours is published again.',
    fields: { ...FOREIGN, waitMs: 'the wait before that, in milliseconds; it grows if this happens often' },
    endedBy: ['foreign-text.replaced'],
  },
  'foreign-text.replaced': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'The key holds our text again.',
    fields: { ...KEY, ...REVISION },
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
    levels: ['warn'],
    meaning: 'The mistake is corrected, or the object is gone.',
    fields: DIAGNOSTIC,
  },
  'diagnostic.skipped': {
    program: 'producer',
    levels: ['warn'],
    meaning:
      'So many mistakes of one namespace appeared or were resolved at once that the log names only the first ones; the command view names all.',
    fields: {
      namespace: 'the namespace; absent for objects without one',
      what: 'the event that is not logged for each of them',
      count: 'how many are not named',
    },
  },
} as const satisfies EventTable;
