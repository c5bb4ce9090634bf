import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';
import { createReconcileLoop, type ReconcileLoop, type ReconcileOptions } from './reconcile.ts';
import { captureStream, until } from './testing/captured-io.ts';

interface Trial {
  readonly loop: ReconcileLoop<string>;
  readonly stop: AbortController;
  /** Each pass: its triggers and when it began, in milliseconds after the start. */
  readonly passes: { readonly triggers: readonly string[]; readonly at: number }[];
}

function start(pass: (n: number) => Promise<void>, options: Partial<ReconcileOptions<string>> = {}): Trial {
  const stop = new AbortController();
  const log = createLogger({ level: 'error', format: 'json', stream: new PassThrough(), journal: false });
  const passes: { triggers: string[]; at: number }[] = [];
  const began = performance.now();
  const loop = createReconcileLoop<string>({
    quietMs: 50,
    maxWaitMs: 120,
    retry: { minMs: 40, maxMs: 100 },
    signal: stop.signal,
    log,
    pass: (triggers) => {
      passes.push({ triggers: [...triggers], at: performance.now() - began });
      return pass(passes.length);
    },
    ...options,
  });
  return { loop, stop, passes };
}
const nothing = (): Promise<void> => Promise.resolve();
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('createReconcileLoop', () => {
  it('runs the first pass before trigger returns, and gathers those that follow', async () => {
    const { loop, passes } = start(nothing);
    loop.trigger('a');
    expect(passes).toHaveLength(1);
    for (const trigger of ['b', 'c', 'b']) loop.trigger(trigger);
    await until('a second pass', () => passes.length === 2);
    expect(passes.map(({ triggers }) => triggers)).toEqual([['a'], ['b', 'c']]);
    expect((passes[1]?.at ?? 0) - (passes[0]?.at ?? 0)).toBeGreaterThanOrEqual(45);
  });

  it('waits no longer than the cap while triggers keep coming', async () => {
    const { loop, passes } = start(nothing);
    const chatter = setInterval(() => loop.trigger('x'), 10);
    loop.trigger('first');
    await until('three passes', () => passes.length >= 3);
    clearInterval(chatter);
    const gaps = passes.slice(1).map(({ at }, n) => at - (passes[n]?.at ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(90);
    expect(Math.max(...gaps)).toBeLessThan(400);
  });

  it('rests after a long pass, so that what waited in sockets is one more pass', async () => {
    const { loop, passes } = start(() => pause(passes.length === 1 ? 400 : 0), { restShare: 0.25 });
    loop.trigger('a');
    await until('the first', () => loop.status().runningSince === undefined);
    const ended = performance.now();
    loop.trigger('b');
    await pause(60);
    loop.trigger('c');
    expect(passes).toHaveLength(1);
    await until('the second', () => passes.length === 2);
    expect(passes[1]?.triggers).toEqual(['b', 'c']);
    expect(performance.now() - ended).toBeGreaterThanOrEqual(90);
  });

  it('does not rest after a short pass', async () => {
    const { loop, passes } = start(nothing, { restShare: 0.25 });
    loop.trigger('a');
    await pause(60);
    loop.trigger('b');
    expect(passes).toHaveLength(2);
  });

  it('runs one pass at a time, and one more for what was triggered meanwhile', async () => {
    let running = 0;
    let most = 0;
    const { loop, passes } = start(async () => {
      most = Math.max(most, (running += 1));
      await pause(80);
      running -= 1;
    });
    loop.trigger('a');
    expect(loop.status().runningSince).toBeTypeOf('number');
    loop.trigger('b');
    await until('both', () => passes.length === 2 && loop.status().runningSince === undefined);
    expect(most).toBe(1);
    expect(loop.status()).toEqual({ passes: 2, failures: 0, runningSince: undefined });
  });

  it('tries a failed pass again with its triggers until it succeeds, and then runs none', async () => {
    const { loop, passes } = start((n) => (n < 3 ? Promise.reject(new Error('away')) : nothing()));
    loop.trigger('a');
    await until('three passes', () => loop.status().passes === 3);
    expect(passes.map(({ triggers }) => triggers)).toEqual([['a'], ['a'], ['a']]);
    expect(loop.status().failures).toBe(0);
    await pause(150);
    expect(passes).toHaveLength(3);
    loop.trigger('b');
    expect(passes[3]?.triggers, 'nothing of the passes before').toEqual(['b']);
  });

  it('logs the end of a failure at the level of the failure', async () => {
    const { stream, text } = captureStream();
    const log = createLogger({ level: 'warn', format: 'json', stream, journal: false });
    const { loop } = start((n) => (n < 3 ? Promise.reject(new Error('away')) : nothing()), { log });
    loop.trigger('a');
    await until('three passes', () => loop.status().passes === 3);
    loop.trigger('b');
    await until('four passes', () => loop.status().passes === 4);
    const lines = text().trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 'warn', msg: 'pass.failed', failures: 1, err: { message: 'away' } },
      { level: 'warn', msg: 'pass.failed', failures: 2 },
      { level: 'warn', msg: 'pass.recovered', failures: 2 },
    ]);
  });

  it('tries again sooner if there is a new trigger', async () => {
    const retry = { minMs: 30, maxMs: 60_000 };
    const { loop, passes } = start((n) => (n <= 5 ? Promise.reject(new Error('away')) : nothing()), {
      retry,
    });
    loop.trigger('a');
    await until('five passes', () => passes.length === 5);
    loop.trigger('news');
    await until('the news', () => passes.length === 6);
    expect(passes[5]?.triggers).toEqual(['a', 'news']);
    expect((passes[5]?.at ?? 0) - (passes[4]?.at ?? 0)).toBeLessThan(200);
  });

  it('ends after the running pass', async () => {
    const { loop, stop, passes } = start(() => pause(60));
    loop.trigger('a');
    loop.trigger('b');
    stop.abort();
    await loop.done;
    loop.trigger('c');
    expect(passes).toHaveLength(1);
    expect(loop.status().runningSince).toBeUndefined();
    const idle = start(nothing);
    idle.stop.abort();
    await idle.loop.done;
  });
});
