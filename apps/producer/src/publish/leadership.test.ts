import { createLogger } from '@kubefigurator/daemon';
import { captureStream } from '@kubefigurator/daemon/testing';
import type { Role } from '@kubefigurator/etcd-store';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLeadership, isOlder, type Leadership } from './leadership.ts';
import type { Versions } from './publication-record.ts';

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

describe('a producer that leads from now on (by a fake election)', () => {
  let log: ReturnType<typeof captureStream>;
  let stop: AbortController;
  let record: { readonly by: string; readonly lists: Versions } | undefined;
  let refreshed: number;
  let again: number;

  let role: Role;
  let elect: (next: Role) => void;

  function lead(createRevision: string | undefined): Leadership {
    const leadership = createLeadership({
      store: {
        key: '/config',
        readRecord: () =>
          Promise.resolve(
            record === undefined ? undefined : { revision: '1', value: JSON.stringify(record) },
          ),
        campaign: ({ onChange }) => {
          elect = (next) => {
            role = next;
            onChange(next);
          };
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
    elect({ kind: 'leads', createRevision });
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
    expect(await leadership.part({ services: '9' })).toBe('wait');
    expect(refreshed).toBe(1);
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

  it('publishes on the condition that its key is still the one it has put', async () => {
    const leadership = lead('5');
    await leadership.part({ services: '10' });
    expect(leadership.condition()).toEqual({ kind: 'since', createRevision: '5' });
    expect(log.text()).toContain('"leadership.gained"');
  });

  it('publishes nothing in a pass during which it lost the lead and gained it again', async () => {
    const leadership = lead('5');
    await leadership.part({ services: '10' });
    elect({ kind: 'vacant' });
    expect(() => leadership.condition()).toThrow('does not lead');
    elect({ kind: 'leads', createRevision: '8' });
    expect(() => leadership.condition()).toThrow('does not lead');
    expect(await leadership.part({ services: '10' })).toBe('begin');
    expect(leadership.condition()).toEqual({ kind: 'since', createRevision: '8' });
  });

  it('waits for another pass if the lead changed while it read what was published last', async () => {
    const leadership = lead('5');
    const part = leadership.part({ services: '10' });
    elect({ kind: 'vacant' });
    await vi.advanceTimersByTimeAsync(1);
    elect({ kind: 'leads', createRevision: '8' });
    expect(await part).toBe('wait');
    expect(() => leadership.condition()).toThrow('does not lead');
  });

  it('logs the lead as a warning only if it was lost before', () => {
    lead('5');
    elect({ kind: 'vacant' });
    elect({ kind: 'leads', createRevision: '8' });
    const levels = log
      .text()
      .trimEnd()
      .split('\n')
      .map((line) => {
        const { level, msg } = JSON.parse(line) as Record<string, string>;
        return `${level ?? ''} ${msg ?? ''}`;
      });
    expect(levels).toEqual(['info leadership.gained', 'warn leadership.lost', 'warn leadership.gained']);
  });
});
