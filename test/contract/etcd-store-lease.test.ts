import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '@kubefigurator/daemon';
import {
  ifKeyAbsent,
  ifKeyExistsSince,
  ifKeyHolds,
  memberKey,
  openLease,
  openEtcdSession,
  putOfValue,
  storeKey,
  transact,
  ifKeyUnchanged,
  type Purpose,
  type Session,
  type SharedLease,
  type StoreKey,
} from '@kubefigurator/etcd-store';
import { waitFor, when } from '../support/sandbox/wait.ts';
import { KEY, startLocalEtcd, type LocalEtcd } from './local-etcd.ts';

const CONFIG = storeKey(KEY, 'config');
const LEADER = storeKey(KEY, 'leader');
const OWNER = storeKey(KEY, 'owner');
const ALIVE = memberKey(KEY, 'alive', 'lb-1');
const PACE = { beatMs: 300, verifyMs: 60_000, deniedMs: 500 };
const log = createLogger({ level: 'error', format: 'json', stream: process.stderr, journal: false });

let etcd: LocalEtcd;
let session: Session;
let lease: SharedLease;
/** The key of each put, followed by ` new` if the lease is new. */
let events: string[];

beforeAll(async () => {
  etcd = await startLocalEtcd();
});
beforeEach(async () => {
  const none = { etcdCaFile: undefined, etcdClientCertFile: undefined, etcdClientKeyFile: undefined };
  const settings = { etcdHost: [etcd.url], etcdPath: KEY, ...none };
  session = openEtcdSession({
    settings: { ...settings, etcdUser: undefined, etcdPasswordFile: undefined, etcdProxy: undefined },
    log,
  });
  lease = openLease(session, PACE);
  events = [];
  await etcd.etcdctl('del', KEY, '--prefix');
});
afterEach(async () => {
  await lease.close();
  session.close();
});
afterAll(() => etcd.end());

const purposeOf = ({ name }: { readonly name: string }): Purpose => ({
  use: 'write',
  action: 'write',
  key: name,
});
const value = ({ name }: { readonly name: string }): Promise<string> =>
  etcd.etcdctl('get', name, '--print-value-only').then((text) => text.trimEnd());

function keep(key: StoreKey<string>, text: string): void {
  lease.keep({
    put: async (leaseId) => {
      await transact(session, purposeOf(key), { compares: [], puts: [putOfValue(key, text, leaseId)] });
    },
    onPut: ({ isNew }) => events.push(`${key.name.slice(KEY.length)}${isNew ? ' new' : ''}`),
    report: () => false,
  });
}
const untilEvents = (count: number): Promise<true> =>
  waitFor(`${String(count)} puts`, () => when(events.length === count, events.join()), { limitMs: 10_000 });

describe('a shared lease', () => {
  it('holds the keys of several features on one lease, and deletes them when it closes', async () => {
    keep(ALIVE, 'here');
    await untilEvents(1);
    keep(LEADER, '"me"');
    await untilEvents(2);
    expect(events).toEqual(['/alive/lb-1 new', '/leader new']);
    expect([await value(ALIVE), await value(LEADER)]).toEqual(['here', '"me"']);
    const id = BigInt(lease.current()?.id ?? 0).toString(16);
    const info = await etcd.etcdctl('lease', 'timetolive', id, '--keys');
    expect(info).toContain(ALIVE.name);
    expect(info).toContain(LEADER.name);
    await lease.close();
    expect([await value(ALIVE), await value(LEADER)]).toEqual(['', '']);
  });

  it('is granted again after it was lost, and each feature puts its key again', async () => {
    keep(ALIVE, 'here');
    keep(LEADER, '"me"');
    await untilEvents(2);
    const lost = lease.current()?.id ?? '';
    await etcd.etcdctl('lease', 'revoke', BigInt(lost).toString(16));
    await untilEvents(4);
    expect(lease.current()?.id).not.toBe(lost);
    expect(events.slice(2).sort()).toEqual(['/alive/lb-1 new', '/leader new']);
    expect([await value(ALIVE), await value(LEADER)]).toEqual(['here', '"me"']);
  });

  it('expires by its own clock while etcd does not answer', async () => {
    keep(ALIVE, 'here');
    await untilEvents(1);
    etcd.process().pause();
    const began = performance.now();
    await waitFor('it has expired', () => when(lease.current() === undefined, 'it is held'));
    expect(performance.now() - began).toBeLessThan(PACE.beatMs * 3 + 1_500);
    etcd.process().resume();
    await waitFor('it is held again', () => when(lease.current() !== undefined, 'it has expired'));
    expect(await value(ALIVE)).toBe('here');
  });

  it('is renewed over the connections that it has', async () => {
    keep(ALIVE, 'here');
    await untilEvents(1);
    let connections = 0;
    const count = (): number => (connections += 1);
    subscribe('net.client.socket', count);
    try {
      const { until = 0 } = lease.current() ?? {};
      const renewed = (): number => (lease.current()?.until ?? 0) - until;
      await waitFor('it is renewed', () => when(renewed() > PACE.beatMs, String(renewed())));
      expect(renewed()).toBeGreaterThan(PACE.beatMs);
    } finally {
      unsubscribe('net.client.socket', count);
    }
    expect(connections).toBe(0);
  });

  it('keeps the other keys if one cannot be put', async () => {
    let tries = 0;
    lease.keep({
      put: () => {
        tries += 1;
        return Promise.reject(new Error('no'));
      },
      report: (failure) => failure !== undefined,
    });
    keep(ALIVE, 'here');
    await untilEvents(1);
    await waitFor('three tries', () => when(tries >= 3, String(tries)));
    expect(events).toEqual(['/alive/lb-1 new']);
    expect(await value(ALIVE)).toBe('here');
  });
});

describe('a transaction', () => {
  it('writes several keys if one key is unchanged, one is absent, and the fence key exists since a revision', async () => {
    const first = await transact(session, purposeOf(LEADER), {
      compares: [ifKeyAbsent(LEADER)],
      puts: [putOfValue(LEADER, '"me"')],
    });
    const fence = ifKeyExistsSince(LEADER, first.revision);
    const compares = [ifKeyUnchanged(CONFIG, '0'), fence, ifKeyAbsent(OWNER)];
    const result = await transact(session, purposeOf(CONFIG), {
      compares,
      puts: [putOfValue(CONFIG, 'text\n'), putOfValue(OWNER, 'cluster-1')],
    });
    expect(result.kind).toBe('committed');
    expect([await value(CONFIG), await value(OWNER)]).toEqual(['text', 'cluster-1']);
  });

  it('writes nothing if the fence key was deleted or created again, and names it', async () => {
    await etcd.etcdctl('put', LEADER.name, '"me"');
    const { found } = await refused([ifKeyAbsent(LEADER)]);
    const fence = ifKeyExistsSince(LEADER, found(LEADER)?.createRevision ?? '');
    await etcd.etcdctl('put', LEADER.name, '"still me"');
    expect(
      await transact(session, purposeOf(CONFIG), { compares: [fence], puts: [putOfValue(CONFIG, 'a')] }),
    ).toMatchObject({ kind: 'committed' });
    await etcd.etcdctl('del', LEADER.name);
    expect((await refused([ifKeyHolds(CONFIG, 'a'), fence])).unmet).toEqual([fence]);
    await etcd.etcdctl('put', LEADER.name, '"another"');
    expect((await refused([ifKeyHolds(CONFIG, 'a'), fence])).unmet).toEqual([fence]);
    expect(await value(CONFIG)).toBe('a');
  });

  it('returns the values of the compared keys if they differ', async () => {
    await etcd.etcdctl('put', CONFIG.name, 'by hand');
    const compares = [ifKeyUnchanged(CONFIG, '0'), ifKeyHolds(OWNER, 'me')];
    const { unmet, found, revision } = await refused(compares);
    expect(unmet).toEqual(compares);
    expect(found(CONFIG)).toMatchObject({ value: { value: 'by hand' }, revision });
    expect(found(OWNER)).toBeUndefined();
  });
});

/** Runs a transaction that etcd must refuse. */
async function refused(
  compares: Parameters<typeof transact>[2]['compares'],
): Promise<Extract<Awaited<ReturnType<typeof transact>>, { kind: 'refused' }>> {
  const result = await transact(session, purposeOf(CONFIG), {
    compares,
    puts: [putOfValue(CONFIG, 'must not be written')],
  });
  if (result.kind !== 'refused') throw new Error('it was committed');
  return result;
}
