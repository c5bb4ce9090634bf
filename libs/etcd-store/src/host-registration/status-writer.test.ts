import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createStatusWriter, type StatusWriter } from './status-writer.ts';

let written: string[];
let failure: Error | undefined;
let answer: (() => void) | undefined;
let writer: StatusWriter;

beforeEach(() => {
  vi.useFakeTimers();
  [written, failure, answer] = [[], undefined, undefined];
  const write = async (status: string): Promise<void> => {
    if (failure !== undefined) throw failure;
    written.push(status);
  };
  writer = createStatusWriter({
    put: write,
    putUnlessHeld: (status) => write(`${status} unless held`),
    pace: { writeMs: 1_000, deniedMs: 60_000 },
    onWrite: () => undefined,
    report: (error) => error !== undefined && String(error).includes('denied'),
  });
});
afterEach(() => vi.useRealTimers());

it('writes the newest status at its pace', async () => {
  writer.publish('1');
  await vi.advanceTimersByTimeAsync(0);
  writer.publish('2');
  writer.publish('3');
  await vi.advanceTimersByTimeAsync(999);
  expect(written).toEqual(['1']);
  await vi.advanceTimersByTimeAsync(1);
  expect(written).toEqual(['1', '3']);
  writer.publish('3');
  await vi.advanceTimersByTimeAsync(10_000);
  expect(written).toEqual(['1', '3']);
});

it('checks what it wrote when that is in doubt', async () => {
  writer.verify();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(written).toEqual([]);
  writer.publish('1');
  await vi.advanceTimersByTimeAsync(0);
  writer.verify();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(written).toEqual(['1', '1 unless held']);
});

it('waits long after a refusal, and tries again', async () => {
  failure = new Error('denied');
  writer.publish('1');
  await vi.advanceTimersByTimeAsync(59_000);
  failure = undefined;
  await vi.advanceTimersByTimeAsync(999);
  expect(written).toEqual([]);
  await vi.advanceTimersByTimeAsync(2);
  expect(written).toEqual(['1']);
});

it('finishes with the newest status, without its pace, and writes nothing after it', async () => {
  writer.publish('1');
  await vi.advanceTimersByTimeAsync(0);
  writer.publish('2');
  await writer.finish();
  expect(written).toEqual(['1', '2']);
  writer.publish('3');
  await vi.advanceTimersByTimeAsync(10_000);
  expect(written).toEqual(['1', '2']);
});

it('finishes with nothing to do if the newest status is written', async () => {
  writer.publish('1');
  await vi.advanceTimersByTimeAsync(0);
  await writer.finish();
  expect(written).toEqual(['1']);
});

it('finishes with the newest status after the write in progress', async () => {
  const order: string[] = [];
  const slow = createStatusWriter({
    put: (status) =>
      new Promise((resolve) => {
        order.push(status);
        answer = resolve;
      }),
    putUnlessHeld: () => Promise.resolve(),
    pace: { writeMs: 1_000, deniedMs: 60_000 },
    onWrite: () => undefined,
    report: () => false,
  });
  slow.publish('1');
  await vi.advanceTimersByTimeAsync(0);
  slow.publish('2');
  const finished = slow.finish();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(order).toEqual(['1']);
  answer?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(order).toEqual(['1', '2']);
  answer?.();
  await finished;
});

it('finishes after one try if etcd does not take the status', async () => {
  failure = new Error('unreachable');
  writer.publish('1');
  await writer.finish();
  failure = undefined;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(written).toEqual([]);
});
