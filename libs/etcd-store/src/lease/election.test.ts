import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { createLogger, OperatorError } from '@kubefigurator/daemon';
import type { Etcd3 } from 'etcd3';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Purpose, Session } from '../connection/session.ts';
import { storeKey } from '../keys/store-keys.ts';
import { openElection, type Election } from './election.ts';

// A fake of etcd instead of a real one, for rights that are missing for a moment between two beats.
// What a real one does is tested with a real one, by several producers.

const TTL_MS = 10_000;
const log = createLogger({
  level: 'error',
  format: 'json',
  stream: new Writable({ write: (_chunk, _encoding, done) => done() }),
  journal: false,
});

let stop: AbortController;
let isDenied: boolean;
/** What the key of the leader holds; undefined if it isn't there. */
let leader: string | undefined;
let roles: string[];
let election: Election;

function start(): void {
  election = openElection({
    session: fakeSession(),
    key: storeKey('/fleet', 'leader'),
    value: () => '"self"',
    isOwn: (value) => value === '"self"',
    isEligible: () => true,
    onChange: (role) =>
      roles.push(role.kind === 'leads' ? `leads by ${role.createRevision ?? 'nothing'}` : role.kind),
    log,
    signal: stop.signal,
  });
}

function fakeSession(): Session {
  const kv = {
    range: () => Promise.resolve({ kvs: leader === undefined ? [] : [{}] }),
    txn: () => {
      const succeeded = leader === undefined;
      leader ??= '"self"';
      const found = { value: Buffer.from(leader), create_revision: '7', mod_revision: '7' };
      return Promise.resolve({
        succeeded,
        header: { revision: '7' },
        responses: [{ response_range: { kvs: [found] } }],
      });
    },
  };
  const leaseClient = {
    leaseGrant: () => Promise.resolve({ ID: '1' }),
    leaseRevoke: () => Promise.resolve({}),
    leaseKeepAlive: () => {
      const stream = Object.assign(new EventEmitter(), {
        cancel: () => undefined,
        end: () => undefined,
        write: () => stream.emit('data', { TTL: String(TTL_MS / 1_000) }),
      });
      return Promise.resolve(stream);
    },
  };
  return {
    refresh: () => undefined,
    preferNextHost: () => undefined,
    generation: () => 0,
    close: () => undefined,
    explain: (thrown) => thrown as OperatorError,
    call: <T>({ action }: Purpose, work: (client: Etcd3, host: string) => Promise<T>): Promise<T> => {
      // The follower of the key waits for its first answer for ever.
      if (action !== 'lead by' && action !== 'revoke') return new Promise(() => undefined);
      if (isDenied) return Promise.reject(new OperatorError('no', { code: 'denied' }));
      return work({ kv, leaseClient } as unknown as Etcd3, 'etcd-1');
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  stop = new AbortController();
  [isDenied, leader, roles] = [false, undefined, []];
});
afterEach(async () => {
  stop.abort();
  await vi.advanceTimersByTimeAsync(TTL_MS);
  vi.useRealTimers();
});

it('leads by the key that it has put', async () => {
  start();
  await vi.advanceTimersByTimeAsync(0);
  expect([roles, election.isAlive()]).toEqual([['leads by 7'], true]);
});

it('leads without a key if etcd denies it from the start', async () => {
  isDenied = true;
  start();
  await vi.advanceTimersByTimeAsync(0);
  expect(roles).toEqual(['leads by nothing']);
});

it('goes on following while rights are missing for a moment', async () => {
  leader = '"other"';
  start();
  await vi.advanceTimersByTimeAsync(0);
  isDenied = true;
  await vi.advanceTimersByTimeAsync(TTL_MS - 1_000);
  isDenied = false;
  await vi.advanceTimersByTimeAsync(3 * TTL_MS);
  expect(roles).toEqual(['follows']);
});

it('goes on leading by its key while rights are missing for a moment', async () => {
  start();
  await vi.advanceTimersByTimeAsync(0);
  isDenied = true;
  await vi.advanceTimersByTimeAsync(TTL_MS / 2);
  expect(election.role()).toEqual({ kind: 'leads', createRevision: '7' });
  isDenied = false;
  await vi.advanceTimersByTimeAsync(3 * TTL_MS);
  expect(roles).toEqual(['leads by 7']);
});

it('leads without a key once a denial has outlasted the lease of the one that led', async () => {
  leader = '"other"';
  start();
  await vi.advanceTimersByTimeAsync(0);
  isDenied = true;
  await vi.advanceTimersByTimeAsync(3 * TTL_MS);
  expect(roles).toEqual(['follows', 'leads by nothing']);
});

it('leads by the key again as soon as etcd allows it', async () => {
  isDenied = true;
  start();
  await vi.advanceTimersByTimeAsync(TTL_MS / 2);
  isDenied = false;
  await vi.advanceTimersByTimeAsync(TTL_MS);
  expect(roles).toEqual(['leads by nothing', 'leads by 7']);
});
