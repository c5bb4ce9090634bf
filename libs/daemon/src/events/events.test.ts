import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../logger.ts';
import { findLogCalls } from '../testing/log-calls.ts';
import { certificateEvents } from './certificates.ts';
import { clusterEvents } from './cluster.ts';
import { commonEvents } from './common.ts';
import { consumerEvents } from './consumer.ts';
import { etcdEvents } from './etcd.ts';
import type { EventRow, EventTable } from './event.ts';
import { guardEvents } from './guards.ts';
import { EVENTS } from './index.ts';
import { policyEvents } from './policy.ts';
import { producerEvents } from './producer.ts';
import { whosePathEvents } from './whose-path.ts';

const table: EventTable = EVENTS;
const rows: readonly (readonly [string, EventRow])[] = Object.entries(table);
const names = rows.map(([name]) => name);
const calls = findLogCalls();

describe('the table of log events', () => {
  it('has each event once', () => {
    const parts = [
      ...[commonEvents, etcdEvents, producerEvents, clusterEvents, whosePathEvents],
      ...[consumerEvents, certificateEvents, guardEvents, policyEvents],
    ];
    expect(parts.flatMap((part) => Object.keys(part)).toSorted()).toEqual(names.toSorted());
  });

  it.each(rows)('%s: a name of lower-case words, a sentence, and meanings of its fields', (name, row) => {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$/);
    expect(row.meaning).toMatch(/^[A-Za-z/].*\.$/);
    for (const [field, meaning] of Object.entries(row.fields)) {
      expect(field).toMatch(/^[a-z][a-zA-Z]*$/);
      expect(meaning).toMatch(/[^.]$/);
    }
  });

  it.each(rows)(
    '%s: what ends it is in the table, at each level of the alarm',
    (_name, { levels, endedBy = [] }) => {
      expect(names).toEqual(expect.arrayContaining([...endedBy]));
      if (endedBy.length === 0) return;
      const alarms = levels.filter((level) => level === 'warn' || level === 'error');
      const ends = endedBy.flatMap((name) => table[name]?.levels ?? []);
      expect(ends).toEqual(expect.arrayContaining(alarms));
    },
  );

  it('finds the log calls of both programs and of the libs', () => {
    for (const part of ['apps/consumer', 'apps/producer', 'libs/daemon', 'libs/etcd-store'])
      expect(
        calls.some(({ at }) => at.startsWith(part)),
        part,
      ).toBe(true);
  });

  it.each(rows)('%s: is logged somewhere, at each of its levels', (name, { levels }) => {
    const own = calls.filter(({ event }) => event.test(name));
    expect(own, 'a log call').not.toEqual([]);
    // A call whose level is computed may use any of them.
    if (own.some((call) => call.levels === undefined)) return;
    expect(own.flatMap((call) => call.levels ?? [])).toEqual(expect.arrayContaining([...levels]));
  });

  it.each(calls)('$at logs an event of the table at a level of its row', ({ event, levels = [] }) => {
    const possible = rows.filter(([name]) => event.test(name));
    expect(possible).not.toEqual([]);
    expect(possible.flatMap(([, row]) => row.levels)).toEqual(expect.arrayContaining([...levels]));
  });
});

describe('a log call', () => {
  it('compiles only with an event of the table and fields of its row', () => {
    const log = createLogger({ level: 'error', format: 'json', stream: new PassThrough(), journal: false });
    log.info('reload.requested');
    log.info({ key: '/a' }, 'etcd.connected');
    log.info({ reason: 'x' }, calls.length > 0 ? 'etcd.lost' : 'etcd-connection.failed');
    log.child({ collection: 'Node' }).debug({ count: 1 }, 'collection.listed');
    // @ts-expect-error: no event of the table
    log.info('etcd.conected');
    // @ts-expect-error: no event of the table
    log.info({ key: '/a' }, 'etcd.conected');
    // @ts-expect-error: no field of this event
    log.info({ key: '/a', revison: '7' }, 'etcd.connected');
    const fields = { key: '/a', revision: '7' };
    // @ts-expect-error: no field of this event, also if the object has a name
    log.info(fields, 'etcd.connected');
    const unknown: Record<string, unknown> = {};
    // @ts-expect-error: fields without known names
    log.info(unknown, 'etcd.connected');
    // @ts-expect-error: a field of no event
    log.child({ colection: 'Node' });
    expect(names).not.toContain('etcd.conected');
  });
});
