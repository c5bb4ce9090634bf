import { Writable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { HostNameShared } from '@kubefigurator/config-model';
import { createLogger } from '@kubefigurator/daemon';
import { openAnnouncer, type Announcer, type AnnouncerPace } from '@kubefigurator/etcd-store';
import { waitFor, when } from '../support/sandbox/wait.ts';
import { KEY, startLocalEtcd, type LocalEtcd } from './local-etcd.ts';

const STATUS = `${KEY}/hosts/lb-1`;
const ALIVE = `${KEY}/alive/lb-1`;
const BEAT_MS = 400;
const PACE: AnnouncerPace = { writeMs: 100, beatMs: BEAT_MS, verifyMs: 60_000, deniedMs: 300 };
/**
 * A real agent beats every 10 s; within 30 s it finds another agent, and within 40 s it notices that the other is gone.
 * The rest is for slow machines.
 */
const [FOUND_MS, MISSED_MS] = [3 * BEAT_MS + 2_000, 4 * BEAT_MS + 2_000];

interface TestAgent {
  readonly announcer: Announcer;
  /** The ids of the other agents that it reports, without a separator. */
  readonly others: () => string | undefined;
  readonly events: () => readonly string[];
}

let etcd: LocalEtcd;
let open: TestAgent[] = [];

/** An agent with the name lb-1; its id is also the status that it publishes. */
function start(id: string): TestAgent {
  let log = '';
  let shared: HostNameShared | undefined;
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      log += String(chunk);
      done();
    },
  });
  const none = { etcdCaFile: undefined, etcdClientCertFile: undefined, etcdClientKeyFile: undefined };
  const user = { etcdUser: undefined, etcdPasswordFile: undefined, etcdProxy: undefined };
  const announcer = openAnnouncer(
    { etcdHost: [etcd.url], etcdPath: KEY, ...none, ...user },
    {
      host: 'lb-1',
      self: () => ({ id, machine: 'lb-1', addresses: [`at-${id}`], pid: 7, startedAt: '2026' }),
      log: createLogger({ level: 'warn', format: 'json', stream, journal: false }),
      onShared: (now) => {
        shared = now;
        announcer.publish(now === undefined ? id : `${id}, shared`);
      },
      pace: PACE,
    },
  );
  announcer.publish(id);
  const agent: TestAgent = {
    announcer,
    others: () => shared?.others.map((other) => other.id).join(''),
    events: () => [...log.matchAll(/"msg":"([^"]+)"/g)].map(([, event = '']) => event),
  };
  open.push(agent);
  return agent;
}

const value = (key: string): Promise<string> =>
  etcd.etcdctl('get', key, '--print-value-only').then((text) => text.trimEnd());
const until = (what: string, check: () => boolean, limitMs: number): Promise<true> =>
  waitFor(what, () => when(check(), open.map(({ others }) => others() ?? '-').join(' ')), { limitMs });
const holds = (key: string, wanted: RegExp): Promise<true> =>
  waitFor(`${key} is ${String(wanted)}`, async () => {
    const held = await value(key);
    return when(wanted.test(held), held);
  });
/** Waits for the time of so many beats. */
const beats = async (count: number): Promise<void> => {
  const since = performance.now();
  await until('the beats have passed', () => performance.now() - since > count * BEAT_MS, 60_000);
};

beforeAll(async () => {
  etcd = await startLocalEtcd();
});
afterEach(async () => {
  await Promise.all(open.map(({ announcer }) => announcer.close()));
  open = [];
});
afterAll(() => etcd.end());

describe('one host name', () => {
  it('of two agents: both report each other, and presence and status in etcd show it', async () => {
    const [a, b] = [start('a'), start('b')];
    await until('both report it', () => a.others() === 'b' && b.others() === 'a', FOUND_MS);
    // What an agent has found is in its presence from its next beat on.
    await beats(2);
    for (let times = 0; times < 8; times += 1) {
      await beats(0.5);
      expect(JSON.parse(await value(ALIVE))).toMatchObject({ sharedWith: [{ machine: 'lb-1' }] });
      expect(await value(STATUS)).toMatch(/^[ab], shared$/);
    }
    expect([a.events(), b.events()]).toEqual([['host-name.duplicated'], ['host-name.duplicated']]);
  });

  it('of three agents: each reports both others, and two go on when the third ends', async () => {
    const [a, b, c] = [start('a'), start('b'), start('c')];
    const all = (): boolean => a.others() === 'bc' && b.others() === 'ac' && c.others() === 'ab';
    await until('all report it', all, FOUND_MS + 2 * BEAT_MS);
    await c.announcer.close();
    await until('two are left', () => a.others() === 'b' && b.others() === 'a', MISSED_MS + 2 * BEAT_MS);
    expect([...a.events(), ...b.events()]).not.toContain('host-name.recovered');
  });

  it('is shared no longer after one of two agents has ended, and the status is that of the other', async () => {
    const [a, b] = [start('a'), start('b')];
    await until('both report it', () => a.others() === 'b' && b.others() === 'a', FOUND_MS);
    await b.announcer.close();
    await until('one is left', () => a.others() === undefined, MISSED_MS);
    expect(a.events()).toEqual(['host-name.duplicated', 'host-name.recovered']);
    await holds(ALIVE, /^\{"version":1,"id":"a"(?!.*sharedWith)/);
    await holds(STATUS, /^a$/);
  });

  it('of one agent that is started again and again is not shared', async () => {
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      const agent = start(id);
      await holds(ALIVE, new RegExp(`"id":"${id}"`));
      await beats(id === 'e' ? 8 : 1.5);
      expect([id, agent.events(), agent.others()]).toEqual([id, [], undefined]);
      if (id !== 'e') await agent.announcer.close();
    }
  });

  it('is not shared with what is left of another agent, and status and presence are written again', async () => {
    const left = { id: 'z', machine: 'lb-1', addresses: [], pid: 1, startedAt: '2025' };
    const presence = JSON.stringify({ version: 1, ...left, sharedWith: [left] });
    await etcd.etcdctl('put', ALIVE, presence);
    const agent = start('a');
    await holds(ALIVE, /"id":"a"/);
    for (let times = 0; times < 2; times += 1) {
      await etcd.etcdctl('put', ALIVE, presence);
      await etcd.etcdctl('put', STATUS, 'z');
      await holds(ALIVE, /"id":"a"/);
      await holds(STATUS, /^a$/);
      await beats(4);
    }
    expect([agent.events(), agent.others()]).toEqual([[], undefined]);
  });

  it('costs one agent no write while nothing changes', async () => {
    start('a');
    await holds(ALIVE, /"id":"a"/);
    await holds(STATUS, /^a$/);
    const revision = async (): Promise<number> =>
      (JSON.parse(await etcd.etcdctl('get', 'none', '-w', 'json')) as { header: { revision: number } }).header
        .revision;
    const before = await revision();
    await beats(8);
    expect(await revision()).toBe(before);
  });
});
