import type { EventTable } from './event.ts';
import { DURATION, ERR, REASON, REVISION } from './fields.ts';

const OUTCOME = {
  ...REVISION,
  ...DURATION,
  summary: 'what happened, in one line',
  leftOut: 'what this host can’t take: sources and messages, at most 20',
  leftOutCount: 'the number of parts that this host can’t take',
} as const;
const HELD = { count: 'the number of servers', what: 'their names and states, at most 20' } as const;
const DRIFT = {
  kind: 'the kind of drift',
  count: 'the number of findings',
  what: 'what differs, at most 10',
} as const;
const SERVING = ['apply.applied', 'apply.unchanged'] as const;

/** What only the consumer logs. */
export const consumerEvents = {
  'haproxy-binary.rejected': {
    program: 'consumer',
    levels: ['warn'],
    meaning:
      'The haproxy program can’t be executed, so that no text can be checked; it is looked for again at each check.',
    fields: { ...REASON },
  },
  'check-limit.skipped': {
    program: 'consumer',
    levels: ['warn'],
    meaning: 'The memory of haproxy -c can’t be limited on this host; texts are checked without a limit.',
    fields: { ...REASON },
  },
  'text.suspected': {
    program: 'consumer',
    levels: ['error'],
    meaning:
      'The agent before ended while it read this text; it is refused until etcd has another one, or until SIGHUP.',
    fields: { hash: 'SHA-256 of the text, in hex' },
  },
  'key-read.failed': {
    program: 'consumer',
    levels: ['warn'],
    meaning: 'The key could not be read after SIGHUP; what the watch delivered last is applied.',
    fields: { ...ERR },
  },
  'reading.received': {
    program: 'consumer',
    levels: ['debug'],
    meaning: 'The key was read or changed.',
    fields: { ...REVISION, holds: 'what the key holds: `published`, `missing` or `unreadable`' },
  },
  'check.slow': {
    program: 'consumer',
    levels: ['info'],
    meaning:
      'haproxy -c has checked a text for 5 s; this line comes once for each check. The host isn’t in sync until the text has an outcome (`apply.*`).',
    fields: { ...REVISION, since: 'when the check began' },
  },
  'apply.applied': {
    program: 'consumer',
    levels: ['info', 'warn', 'error', 'debug'],
    meaning:
      'HAProxy runs the text; at level warn if something is left out. What ends an alarm is logged at its level.',
    fields: {
      ...OUTCOME,
      method: 'how: `runtime`, `reload`, `restart`, `command`, or `none` if HAProxy had nothing to load',
      proven: 'true if a worker was seen to run the text',
      reasons: 'what differs from the text before, at most 10',
      reasonCount: 'the number of reasons',
    },
  },
  'apply.unchanged': {
    program: 'consumer',
    levels: ['info', 'warn', 'error', 'debug'],
    meaning: 'HAProxy runs the text already.',
    fields: OUTCOME,
  },
  'apply.kept': {
    program: 'consumer',
    levels: ['warn', 'error', 'debug'],
    meaning: 'There is no text to apply, and what runs is kept.',
    fields: { ...OUTCOME, ...REASON },
    endedBy: SERVING,
  },
  'apply.frozen': {
    program: 'consumer',
    levels: ['warn', 'error', 'debug'],
    meaning: 'This host is frozen for maintenance: nothing is applied.',
    fields: { ...OUTCOME, freeze: 'since when, by whom, and why' },
    endedBy: ['host.thawed', ...SERVING],
  },
  'apply.postponed': {
    program: 'consumer',
    levels: ['info', 'warn', 'error', 'debug'],
    meaning:
      'The text needs a reload, and none is allowed before the wait is over; at level warn after a failed reload.',
    fields: {
      ...OUTCOME,
      waitMs: 'the wait, in milliseconds',
      serversChanged: 'true if servers that need no reload were changed already',
      failure: 'the message of the last reload, if that failed',
    },
    endedBy: SERVING,
  },
  'apply.not-running': {
    program: 'consumer',
    levels: ['warn', 'error', 'debug'],
    meaning: 'The file is in place and checked; HAProxy isn’t running and loads it when it starts.',
    fields: { ...OUTCOME, ...REASON },
    endedBy: SERVING,
  },
  'apply.not-loaded': {
    program: 'consumer',
    levels: ['warn', 'error', 'debug'],
    meaning: 'The file is in place and checked; the running HAProxy doesn’t load it.',
    fields: { ...OUTCOME, ...REASON },
    endedBy: SERVING,
  },
  'apply.rejected': {
    program: 'consumer',
    levels: ['warn', 'error', 'debug'],
    meaning: 'The whole text was refused, and what runs is kept.',
    fields: {
      ...OUTCOME,
      serversChanged: 'true if servers of the text that need no reload were changed all the same',
      stage: 'who refused: `gate`, `check` or `probe`',
      blame: 'sources and messages of what was refused, at most 20',
    },
    endedBy: SERVING,
  },
  'apply.failed': {
    program: 'consumer',
    levels: ['error', 'debug'],
    meaning: 'This host could not apply the text, or an exception ended the pass.',
    fields: {
      ...OUTCOME,
      stage: 'what failed: `stage`, `install`, `reload` or `pass`',
      blame: 'sources and messages of what failed',
      restored:
        'true if the file on disk is the one before, false if it could not be restored, else `unknown`',
    },
    endedBy: SERVING,
  },
  'runtime-update.failed': {
    program: 'consumer',
    levels: ['warn'],
    meaning: 'HAProxy’s runtime API gave an answer that was not expected; a reload follows.',
    fields: { ...REASON },
  },
  'base-config.contradicted': {
    program: 'consumer',
    levels: ['warn'],
    meaning:
      'The host’s own HAProxy files have directives that our sections inherit and that contradict what Services may expect; docs/operations.md says which.',
    fields: { what: 'each with file, line and meaning, at most 10' },
    endedBy: ['base-config.recovered'],
  },
  'base-config.recovered': {
    program: 'consumer',
    levels: ['warn'],
    meaning: 'The host’s own HAProxy files contradict nothing any more.',
    fields: {},
  },
  'reload-check.failed': {
    program: 'consumer',
    levels: ['warn', 'debug'],
    meaning:
      'haproxy -c refuses the host’s own HAProxy files, after a change of them or at the start, together with dynamic.cfg: a reload or a start of HAProxy would fail; HAProxy goes on with what it has.',
    fields: { ...REASON },
    endedBy: ['reload-check.recovered'],
  },
  'reload-check.recovered': {
    program: 'consumer',
    levels: ['warn'],
    meaning: 'haproxy -c takes the files on this host again.',
    fields: {},
  },
  'server-places.failed': {
    program: 'consumer',
    levels: ['warn'],
    meaning:
      'HAProxy could not be asked, or gave an unknown answer, about the addresses and ports of servers after a reload; what it read is its config.',
    fields: { ...REASON },
  },
  'servers.misplaced': {
    program: 'consumer',
    levels: ['warn'],
    meaning:
      'HAProxy asked servers at other addresses or ports than its config says, such as those of a server state file; they were corrected at run time.',
    fields: { count: 'the number of servers', what: 'their names with both places, at most 10' },
  },
  'restore.failed': {
    program: 'consumer',
    levels: ['error'],
    meaning: 'The previous dynamic.cfg could not be restored.',
    fields: { ...ERR, file: 'the path of dynamic.cfg' },
    endedBy: SERVING,
  },
  'ledger.failed': {
    program: 'consumer',
    levels: ['error', 'debug'],
    meaning:
      'The ledger could not be written; HAProxy runs the text, and the next start may cost one reload more.',
    fields: { ...ERR, folder: 'the state folder' },
    endedBy: ['ledger.recovered'],
  },
  'unused-files.kept': {
    program: 'consumer',
    levels: ['debug'],
    meaning: 'Files that only earlier releases named could not be removed; the next release tries again.',
    fields: ERR,
  },
  'ledger.recovered': {
    program: 'consumer',
    levels: ['error'],
    meaning: 'The ledger was written after a failure.',
    fields: {},
  },
  'held-servers.kept': {
    program: 'consumer',
    levels: ['info'],
    meaning: 'Servers that an operator holds were set to maintenance or drain again after a reload.',
    fields: HELD,
  },
  'held-servers.lost': {
    program: 'consumer',
    levels: ['warn'],
    meaning: 'Servers that an operator held could not be set to maintenance or drain again after a reload.',
    fields: { ...HELD, refused: 'the servers that HAProxy refused to set, at most 20', ...ERR },
  },
  'drift.found': {
    program: 'consumer',
    levels: ['info', 'warn'],
    meaning:
      'The host is not as the agent left it; at level info if somebody else only reloaded or restarted HAProxy.',
    fields: DRIFT,
    endedBy: ['drift.ended'],
  },
  'drift.ended': {
    program: 'consumer',
    levels: ['info', 'warn'],
    meaning: 'The host is as the agent left it again; at the level of `drift.found`.',
    fields: DRIFT,
  },
  'drift.repaired': {
    program: 'consumer',
    levels: ['info', 'warn'],
    meaning: 'An edited file was repaired from the last known good text; at level warn after a failure.',
    fields: { file: 'the path of dynamic.cfg', summary: 'what happened, in one line' },
  },
  'drift-repair.failed': {
    program: 'consumer',
    levels: ['warn', 'debug'],
    meaning: 'An edited file could not be repaired; at level debug if that was logged before.',
    fields: { file: 'the path of dynamic.cfg', summary: 'what happened, in one line' },
    endedBy: ['drift.repaired'],
  },
  'host.thawed': {
    program: 'consumer',
    levels: ['warn'],
    meaning: 'The freeze of this host is over.',
    fields: {},
  },
  'etcd-outage.continued': {
    program: 'consumer',
    levels: ['warn', 'error'],
    meaning:
      'etcd has not answered for this long, so that changes don’t arrive; at level error from 10 minutes on.',
    fields: {
      since: 'when the connection was lost',
      durationMs: 'the time since etcd last answered, in milliseconds',
      hint: 'what that means for this host',
    },
    endedBy: ['etcd-outage.ended'],
  },
  'etcd-outage.ended': {
    program: 'consumer',
    levels: ['warn', 'error'],
    meaning: 'etcd answers again after an outage that was logged, at the level of its last line.',
    fields: { durationMs: 'the time without an answer, in milliseconds' },
  },
  'status-file.failed': {
    program: 'consumer',
    levels: ['warn', 'debug'],
    meaning:
      'The file with the status of this host was not written; at level debug if that was logged before.',
    fields: { ...ERR },
    endedBy: ['status-file.recovered'],
  },
  'status-file.recovered': {
    program: 'consumer',
    levels: ['warn'],
    meaning: 'The file with the status of this host was written after a failure.',
    fields: {},
  },
} as const satisfies EventTable;
