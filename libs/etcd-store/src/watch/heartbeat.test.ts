import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startHeartbeat, type Heartbeat } from './heartbeat.ts';

let heartbeat: Heartbeat;
let happened: string[];
/** How a server answers progress requests and reads; undefined for never. */
let server: { progress: boolean; read: 'answered' | 'failed' | undefined };

beforeEach(() => {
  vi.useFakeTimers();
  [happened, server] = [[], { progress: true, read: 'answered' }];
  heartbeat = startHeartbeat({
    ask: () => {
      happened.push('ask');
      if (server.progress) heartbeat.heard({ isProgress: true });
    },
    read: () => {
      happened.push('read');
      if (server.read === undefined) return new Promise(() => undefined);
      return server.read === 'answered' ? Promise.resolve() : Promise.reject(new Error('no answer'));
    },
    onRead: () => happened.push('proven'),
    onDeath: (why) => {
      happened.push(`dead: ${(why as Error).message}`);
      heartbeat.stop();
    },
  });
});
afterEach(() => {
  heartbeat.stop();
  vi.useRealTimers();
});

const open = (): void => heartbeat.heard({ isProgress: false });
const pass = (seconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(seconds * 1_000);
const dead = 'dead: ETIMEDOUT: silent for 15 s';

describe('a watch that answers progress requests', () => {
  it('is asked every 10 s, and never proven by a read', async () => {
    open();
    await pass(60);
    expect(happened).toEqual(Array(6).fill('ask'));
  });

  it('is given up after 15 s of silence, even if reads over another connection would be answered', async () => {
    open();
    await pass(10);
    server.progress = false;
    await pass(14.9);
    expect(happened).toEqual(['ask', 'ask']);
    await pass(0.1);
    expect(happened.at(-1)).toBe(dead);
  });

  it.each([
    ['fails', 'failed'],
    ['has no answer', undefined],
  ] as const)('is given up no earlier if its first answer is late and a read %s', async (_what, read) => {
    open();
    server = { progress: false, read };
    await pass(14.9);
    expect(happened).toEqual(['ask', 'read']);
    heartbeat.heard({ isProgress: true });
    await pass(14.9);
    expect(happened).toEqual(['ask', 'read', 'ask']);
    await pass(0.1);
    expect(happened.at(-1)).toBe(dead);
  });

  it('is asked again after an answer that came late', async () => {
    open();
    server.progress = false;
    await pass(12);
    expect(happened).toEqual(['ask', 'read', 'proven']);
    heartbeat.heard({ isProgress: true });
    server.progress = true;
    await pass(20);
    expect(happened.slice(3)).toEqual(['ask', 'ask']);
  });
});

describe('a watch that answers no progress request', () => {
  beforeEach(() => {
    server.progress = false;
    open();
  });

  it('is proven by a read every 10 s, and asked no more', async () => {
    await pass(41);
    expect(happened).toEqual(['ask', ...Array(4).fill(['read', 'proven'])].flat());
  });

  it('is given up as soon as a read fails', async () => {
    await pass(12);
    server.read = 'failed';
    await pass(8);
    expect(happened.slice(3)).toEqual(['read', 'dead: no answer']);
  });

  it('is given up 15 s after the last proof if a read has no answer', async () => {
    await pass(20);
    server.read = undefined;
    await pass(14.9);
    expect(happened.slice(3)).toEqual(['read', 'proven', 'read']);
    await pass(0.1);
    expect(happened.at(-1)).toBe(dead);
  });

  it('goes on being proven by reads while it delivers changes', async () => {
    await pass(12);
    open();
    await pass(9);
    expect(happened.slice(3)).toEqual(['read', 'proven']);
  });
});

it('a watch that was never opened is not proven by reads', async () => {
  server.progress = false;
  await pass(15);
  expect(happened).toEqual(['ask', dead]);
});

it('nothing happens after the watch has ended', async () => {
  open();
  server.progress = false;
  await pass(10);
  heartbeat.stop();
  await pass(60);
  expect(happened).toEqual(['ask']);
});
