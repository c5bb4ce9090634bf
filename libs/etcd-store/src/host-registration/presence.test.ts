import type { HostAgent, HostNameShared } from '@kubefigurator/config-model';
import { createLogger } from '@kubefigurator/daemon';
import { captureStream } from '@kubefigurator/daemon/testing';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { createPresence } from './presence.ts';

/** The presence key of one host name, without etcd. */
let key: { readonly text: string; readonly lease: string } | undefined;
let writes: number;
let isReachable: boolean;
let isAnswerLost: boolean;
beforeEach(() => {
  [key, writes, isReachable, isAnswerLost] = [undefined, 0, true, false];
});

interface TestAgent {
  readonly beat: () => Promise<void>;
  readonly shared: () => HostNameShared | undefined;
  /** The ids of the others that it knows. */
  readonly others: () => string;
  /** The events at level warn. */
  readonly warned: () => readonly string[];
  readonly changes: () => number;
  readonly losses: () => number;
}

function agent(id: string, self: Partial<HostAgent> = {}): TestAgent {
  const { stream, text } = captureStream();
  const shares: (HostNameShared | undefined)[] = [];
  let losses = 0;
  const beat = createPresence({
    host: 'lb-1',
    self: () => ({ id, machine: 'lb-1', addresses: [`at-${id}`], pid: 7, startedAt: '2026', ...self }),
    ensure: async (wanted, lease) => {
      if (!isReachable) throw new Error('unreachable');
      if (key?.text === wanted && key.lease === lease) return { kind: 'held' };
      const before = key && {
        ...{ revision: '1', createRevision: '1', bytes: 1 },
        value: { value: key.text },
      };
      key = { text: wanted, lease };
      writes += 1;
      if (isAnswerLost) throw new Error('timeout');
      return { kind: 'written', before };
    },
    log: createLogger({ level: 'warn', format: 'json', stream, journal: false }),
    onShared: (shared) => shares.push(shared),
    onLost: () => {
      losses += 1;
    },
  });
  return {
    beat: () => beat(`lease of ${id}`),
    shared: () => shares.at(-1),
    others: () => (shares.at(-1)?.others ?? []).map((other) => other.id).join(''),
    warned: () =>
      text()
        .split('\n')
        .flatMap((line) => (line === '' ? [] : (JSON.parse(line) as { readonly msg: string }).msg)),
    changes: () => shares.length,
    losses: () => losses,
  };
}

async function rounds(count: number, agents: readonly TestAgent[]): Promise<void> {
  for (let round = 0; round < count; round += 1) for (const each of agents) await each.beat();
}
const named = (ids: string): readonly TestAgent[] => [...ids].map((id) => agent(id));

describe('agents with one host name', () => {
  it.each([
    ['two', 'ab', ['b', 'a']],
    ['three', 'abc', ['bc', 'ac', 'ab']],
  ])(
    '%s of them all say so after three beats, name all others and go on saying it',
    async (_what, ids, others) => {
      const agents = named(ids);
      await rounds(3, agents);
      expect(agents.map((each) => each.shared() !== undefined)).toEqual(agents.map(() => true));
      await rounds(2, agents);
      expect(agents.map((each) => each.others())).toEqual(others);
      const changes = agents.map((each) => each.changes());
      await rounds(50, agents);
      expect(agents.map((each) => each.changes())).toEqual(changes);
      for (const each of agents) expect(new Set(each.warned())).toEqual(new Set(['host-name.duplicated']));
    },
  );

  it('report each other without a break in whatever order their beats come', async () => {
    const order = fc.shuffledSubarray([0, 1, 2], { minLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 3 }),
        fc.array(order, { minLength: 30 }),
        async (count, orders) => {
          key = undefined;
          const agents = named('abc'.slice(0, count));
          for (const [round, each] of orders.entries()) {
            for (const index of each) await agents[index]?.beat();
            if (round >= 5) expect(agents.map((one) => one.shared()?.since)).not.toContain(undefined);
          }
          for (const one of agents) expect(one.warned()).not.toContain('host-name.recovered');
        },
      ),
      { seed: 20, numRuns: 200 },
    );
  });

  it('are named in the presence, whoever wrote it last', async () => {
    const agents = named('ab');
    await rounds(4, agents);
    for (const each of agents) {
      await each.beat();
      expect(JSON.parse(key?.text ?? '')).toMatchObject({ version: 1, sharedWith: [{ machine: 'lb-1' }] });
    }
  });

  it('write once in a beat', async () => {
    await rounds(50, named('ab'));
    expect(writes).toBeLessThanOrEqual(100);
  });

  it.each([
    ['is killed', (): void => undefined],
    [
      'ends cleanly',
      (): void => {
        if (key?.lease === 'lease of b') key = undefined;
      },
    ],
  ])('are reported no more by the one that is left, four beats after the other %s', async (_how, end) => {
    const [a, b] = named('ab') as [TestAgent, TestAgent];
    await rounds(10, [a, b]);
    end();
    await rounds(4, [a]);
    expect(a.shared()).toBeUndefined();
    expect(a.warned()).toEqual(['host-name.duplicated', 'host-name.recovered']);
    expect(JSON.parse(key?.text ?? '')).not.toHaveProperty('sharedWith');
    const before = writes;
    await rounds(20, [a]);
    expect([writes, a.warned().length]).toEqual([before, 2]);
  });

  it('name only each other once a third one is gone', async () => {
    const [a, b, c] = named('abc') as [TestAgent, TestAgent, TestAgent];
    await rounds(10, [a, b, c]);
    await rounds(6, [a, b]);
    expect([a.others(), b.others()]).toEqual(['b', 'a']);
    expect([...a.warned(), ...b.warned()]).not.toContain('host-name.recovered');
  });

  it('are found if a machine was cloned while its agent ran, as soon as the clone has another address', async () => {
    const addresses = { a: ['192.0.2.1'], clone: ['192.0.2.1'] };
    const agents = [agent('a', { addresses: addresses.a }), agent('a', { addresses: addresses.clone })];
    await rounds(5, agents);
    for (const each of agents) expect(each.changes()).toBe(0);
    addresses.clone[0] = '192.0.2.2';
    await rounds(5, agents);
    expect(agents.map((each) => each.shared()?.others)).toMatchObject([
      [{ id: 'a', addresses: ['192.0.2.2'] }],
      [{ id: 'a', addresses: ['192.0.2.1'] }],
    ]);
    const c = agent('c');
    await rounds(5, [...agents, c]);
    const changes = c.changes();
    await rounds(20, [...agents, c]);
    expect([c.others(), c.changes()]).toEqual(['aa', changes]);
  });

  it('are logged once for each place, although one of them is started again and again', async () => {
    const a = agent('a');
    for (let start = 0; start < 30; start += 1)
      await rounds(1, [a, agent(`b${String(start)}`, { addresses: ['192.0.2.2'] })]);
    expect(a.warned()).toEqual(['host-name.duplicated']);
    await rounds(1, [agent('c'), a]);
    expect(a.warned()).toEqual(['host-name.duplicated', 'host-name.duplicated']);
  });

  it('do not believe that the other has ended when etcd is away', async () => {
    const agents = named('ab');
    await rounds(10, agents);
    isReachable = false;
    for (let round = 0; round < 20; round += 1)
      for (const each of agents) await expect(each.beat()).rejects.toThrow('unreachable');
    isReachable = true;
    key = undefined;
    await rounds(20, agents);
    for (const each of agents) expect(each.warned()).toEqual(['host-name.duplicated']);
  });
});

describe('a single agent', () => {
  /** What the killed agent before it has left. */
  const leave = async (): Promise<typeof key> => {
    await agent('z').beat();
    return key;
  };
  const silent = (each: TestAgent): void => {
    expect(each.warned()).toEqual([]);
    expect(each.changes()).toBe(0);
  };

  it('says nothing after kills and restarts, however fast they come', async () => {
    for (let start = 0; start < 30; start += 1) {
      const each = agent(`run-${String(start)}`);
      await rounds(start % 5, [each]);
      silent(each);
    }
  });

  it('writes once, and then only if its presence is gone or its addresses change', async () => {
    const addresses = ['192.0.2.1'];
    const each = agent('a', { addresses });
    await rounds(20, [each]);
    expect([writes, each.losses()]).toEqual([1, 1]);
    key = undefined;
    await rounds(20, [each]);
    expect([writes, each.losses()]).toEqual([2, 2]);
    addresses.push('192.0.2.9');
    await rounds(20, [each]);
    expect([writes, each.losses()]).toEqual([3, 2]);
    silent(each);
  });

  it('says nothing although its addresses change at each beat and answers of etcd get lost', async () => {
    const addresses = ['192.0.2.1'];
    const each = agent('a', { addresses });
    for (let beats = 0; beats < 60; beats += 1) {
      addresses[0] = `192.0.2.${String(beats)}`;
      isAnswerLost = beats % 4 > 1;
      await each.beat().catch(() => undefined);
    }
    expect(key?.text).toContain('192.0.2.59');
    silent(each);
  });

  it.each([
    ['a late put of the agent before it', (leftover: typeof key): typeof key => leftover],
    ['an etcd that was wiped', (): typeof key => undefined],
    [
      'a presence of an earlier version',
      (): typeof key => ({ text: '{"version":1,"startedAt":"2026"}', lease: '7' }),
    ],
    ['a presence written by hand', (): typeof key => ({ text: 'here', lease: '0' })],
    ['its own presence on another lease', (): typeof key => key && { ...key, lease: 'lost' }],
  ])('says nothing about %s, and writes its presence again', async (_what, change) => {
    const leftover = await leave();
    const each = agent('a');
    await rounds(5, [each]);
    key = change(leftover);
    await rounds(5, [each]);
    silent(each);
    expect(key?.text).toContain('"id":"a"');
  });

  it('says nothing about an etcd that was restored to the time when it had a namesake', async () => {
    const [a, b] = named('ab') as [TestAgent, TestAgent];
    await rounds(10, [a, b]);
    const backup = key;
    const restarted = agent('c');
    await rounds(10, [restarted]);
    for (let restores = 0; restores < 3; restores += 1) {
      key = backup;
      await rounds(4, [restarted]);
    }
    silent(restarted);
  });
});
