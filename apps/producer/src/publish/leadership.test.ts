import { createLogger } from '@kubefigurator/daemon';
import { captureStream } from '@kubefigurator/daemon/testing';
import type { Role } from '@kubefigurator/etcd-store';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLeadership, describeLeader, isOlder, type Leadership, type Versions } from './leadership.ts';

it.each([
  ['one list that is older', { services: '9', nodes: '12' }, { services: '10', nodes: '12' }, true],
  ['lists that are as new or newer', { services: '10', nodes: '13' }, { services: '10', nodes: '12' }, false],
  ['numbers that no double can hold', { nodes: '9007199254740992' }, { nodes: '9007199254740993' }, true],
  ['lists of another selection of namespaces', { 'services of shop': '1' }, { services: '10' }, false],
  ['versions that are no numbers', { nodes: 'a' }, { nodes: '10' }, false],
  ['nothing', {}, { nodes: '10' }, false],
])('finds what is older than the last publication: %s', (_what, versions, than, older) => {
  expect(isOlder(versions, than)).toBe(older);
});

it.each([
  ['{"host":"node-1","pid":7}', 'the producer on node-1 (process 7)'],
  ['{"host":"a\\u001b[2Jb","pid":7}', 'the producer on a??2Jb (process 7)'],
  ['nobody', 'a producer that does not say who it is'],
  ['{"host":"node-1"}', 'a producer that does not say who it is'],
])('names the leader that %s is', (value, words) => {
  expect(describeLeader(value)).toBe(words);
});

describe('a producer that leads from now on (by a fake election)', () => {
  let log: ReturnType<typeof captureStream>;
  let stop: AbortController;
  let record: { readonly by: string; readonly lists: Versions } | undefined;
  let refreshed: number;
  let again: number;

  function lead(createRevision: string | undefined): Leadership {
    let elect: (role: Role) => void = () => undefined;
    const role: Role = { kind: 'leads', createRevision };
    const leadership = createLeadership({
      store: {
        key: '/config',
        readRecord: () => Promise.resolve(record === undefined ? undefined : JSON.stringify(record)),
        campaign: ({ onChange }) => {
          elect = onChange;
          return {
            role: () => role,
            isAlive: () => true,
            reconsider: () => undefined,
            done: Promise.resolve(),
          };
        },
      },
      self: { id: 'self', host: 'node-1', pid: 7 },
      refusal: () => undefined,
      refresh: () => (refreshed += 1),
      onChange: () => (again += 1),
      log: createLogger({ level: 'debug', format: 'json', stream: log.stream, journal: false }),
      signal: stop.signal,
    });
    elect(role);
    return leadership;
  }

  beforeEach(() => {
    vi.useFakeTimers();
    log = captureStream();
    stop = new AbortController();
    [refreshed, again] = [0, 0];
    record = { by: 'other', lists: { services: '10' } };
  });
  afterEach(() => {
    stop.abort();
    vi.useRealTimers();
  });

  it('waits and lists again while its lists are older than those of the last publication', async () => {
    const leadership = lead('5');
    const before = again;
    expect(await leadership.part({ services: '9' })).toBe('wait');
    expect(refreshed).toBe(1);
    await vi.advanceTimersByTimeAsync(250);
    expect(again).toBe(before + 1);
    expect(await leadership.part({ services: '10' })).toBe('begin');
    expect(await leadership.part({ services: '9' })).toBe('lead');
  });

  it('publishes after 15 seconds all the same, as the cluster may come from a backup', async () => {
    const leadership = lead('5');
    await vi.advanceTimersByTimeAsync(14_000);
    expect(await leadership.part({ services: '9' })).toBe('wait');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await leadership.part({ services: '9' })).toBe('begin');
  });

  it.each([
    ['it has published last itself', { by: 'self', lists: { services: '10' } }],
    ['nobody has published', undefined],
  ])('goes on with what it knows if %s', async (_what, last) => {
    record = last;
    expect(await lead('5').part({ services: '10' })).toBe('lead');
    expect(refreshed).toBe(0);
  });

  it('says so and publishes without a condition if etcd denies it the key of the leader', async () => {
    const leadership = lead(undefined);
    expect(log.text()).toContain('"election.skipped"');
    expect(await leadership.part({ services: '10' })).toBe('begin');
    expect(leadership.condition()).toBeUndefined();
    expect(leadership.leads()).toBe(true);
  });

  it('publishes on the condition that its key is still the one it has put', () => {
    expect(lead('5').condition()).toEqual({ kind: 'since', createRevision: '5' });
    expect(log.text()).toContain('"leadership.gained"');
  });
});
