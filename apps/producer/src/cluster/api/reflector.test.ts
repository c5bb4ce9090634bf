import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type Answer,
  closeUncleanly,
  endAfter,
  errorEvent,
  event,
  list,
  object,
  page,
  refuse,
  type ScriptedApi,
  silence,
  stream,
  streamThenCut,
  streamThenEnd,
} from './testing/scripted-api.ts';
import { type ScriptedReflector, startScriptedReflector } from './testing/scripted-reflector.ts';

// A scripted server instead of a real API server, for faults that a real one doesn't produce on demand.
// What a real one does is tested with a real one, end to end.

const TIMING = { retry: { minMs: 20, maxMs: 100 }, secondOpinionMs: 60_000 };

let started: ScriptedReflector | undefined;
let logged: readonly string[];

afterEach(async () => {
  await started?.stop();
  started = undefined;
});

async function start(lists: Answer[], watches: Answer[], timing = TIMING): Promise<ScriptedReflector> {
  started = await startScriptedReflector({ script: { lists, watches }, timing });
  ({ logged } = started);
  return started;
}

const requests = (): ScriptedApi['seen'] => started?.api.seen ?? [];
const seen = (kind: 'list' | 'watch'): number => requests().filter((one) => one.kind === kind).length;
const events = (): string[] => logged.map((line) => (JSON.parse(line) as { msg: string }).msg);
// The first test loads client-node, which takes seconds on a busy machine.
const soon = { timeout: 20_000, interval: 5 };

describe('a reflector', { timeout: 30_000 }, () => {
  it('lists in pages, then watches from the version of the list', async () => {
    const { names, changes, reflector } = await start(
      [page(7, [object('a', 1)], 'more'), page(7, [object('b', 2)])],
      [stream(event('ADDED', object('c', 8)), event('DELETED', object('a', 9)))],
    );
    expect(reflector.synced()).toBe(false);
    await vi.waitFor(() => expect(names()).toEqual(['b', 'c']), soon);
    expect(
      requests().map(({ query }) => [
        query.get('continue'),
        query.get('limit'),
        query.get('resourceVersion'),
      ]),
    ).toEqual([
      [null, '500', null],
      ['more', '500', null],
      [null, null, '7'],
    ]);
    expect(changes()).toBe(3);
    expect(reflector.trouble()).toBeUndefined();
    expect(reflector.lastProofOfLife()).toBeGreaterThan(0);
  });

  it('reports no change if only the resource version of an object differs', async () => {
    const { names, changes } = await start(
      [list(1, object('a', 1))],
      [
        stream(
          event('MODIFIED', object('a', 2)),
          event('BOOKMARK', object('', 3)),
          event('ADDED', object('b', 4)),
        ),
      ],
    );
    await vi.waitFor(() => expect(names()).toEqual(['a', 'b']), soon);
    expect(changes()).toBe(2);
  });

  it('goes on from the last bookmark when the server ends the stream, without a list', async () => {
    const { names } = await start(
      [list(1, object('a', 1))],
      [streamThenEnd(event('BOOKMARK', object('', 5))), stream(event('ADDED', object('b', 6)))],
    );
    await vi.waitFor(() => expect(names()).toEqual(['a', 'b']), soon);
    expect(seen('list')).toBe(1);
    expect(requests().at(-1)?.query.get('resourceVersion')).toBe('5');
  });

  it.each([
    ['an ERROR event in a stream that stays open', stream(errorEvent(410, 'too old resource version'))],
    ['an ERROR event about a version from the future', stream(errorEvent(504, 'Too large resource version'))],
    ['a refused watch', refuse(410, 'too old')],
    ['a line that is not JSON', stream('<html>\n')],
    ['an event of an unknown type', stream(event('SURPRISE', object('x', 5)))],
    ['an event without a version', stream(event('ADDED', { metadata: { name: 'x' } }))],
  ])('lists again after %s, and forgets what was deleted meanwhile', async (_name, fault) => {
    const { names } = await start(
      [list(1, object('a', 1), object('b', 1)), list(9, object('b', 1), object('c', 9))],
      [fault, stream()],
    );
    await vi.waitFor(() => expect(names()).toEqual(['b', 'c']), soon);
    expect(seen('list')).toBe(2);
  });

  it('reads an event of two megabytes that arrives in many pieces', async () => {
    const big = event('ADDED', object('b', 2, { long: 'ä'.repeat(1_000_000) }));
    const { names } = await start([list(1)], [stream(...(big.match(/[^]{1,65536}/g) ?? []))]);
    await vi.waitFor(() => expect(names()).toEqual(['b']), soon);
  });

  it('keeps what it knows while the server refuses, and logs the refusal once', async () => {
    const { names, reflector } = await start(
      [list(1, object('a', 1)), refuse(500, 'etcdserver: no leader')],
      [streamThenCut(), refuse(500, 'etcdserver: no leader')],
    );
    await vi.waitFor(() => expect(seen('list')).toBeGreaterThan(4), soon);
    expect(names()).toEqual(['a']);
    expect(reflector.synced()).toBe(true);
    expect(reflector.trouble()).toBe('500 etcdserver: no leader');
    expect(logged.filter((line) => line.includes('no leader'))).toHaveLength(1);
  });

  it('never takes a list that broke off for a whole one', async () => {
    const { names, changes } = await start(
      [
        page(7, [object('a', 1)], 'more'),
        refuse(500, 'no'),
        (response) => response.end('{"kind":"NodeList","items":[{"metadata"'),
        (response) => response.end('{}'),
        list(8, object('z', 8)),
      ],
      [stream()],
    );
    await vi.waitFor(() => expect(names()).toEqual(['z']), soon);
    expect(changes()).toBe(1);
  });

  it('starts the list over, in one piece, when its continue token has expired', async () => {
    const { names } = await start(
      [page(7, [object('a', 1)], 'more'), refuse(410, 'continue token expired'), list(8, object('b', 8))],
      [stream()],
    );
    await vi.waitFor(() => expect(names()).toEqual(['b']), soon);
    expect(requests()[2]?.query.get('limit')).toBe('0');
  });

  it('waits as long as the server asks', async () => {
    const { names } = await start(
      [refuse(429, 'busy', { 'Retry-After': '1' }), list(1, object('a', 1))],
      [stream()],
    );
    await vi.waitFor(() => expect(names()).toEqual(['a']), soon);
    const [first, second] = requests();
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThan(950);
  });

  it.each([
    ['is cut', streamThenCut(event('BOOKMARK', object('', 5))), '5'],
    ['is cut before anything has arrived', streamThenCut(), '2'],
    ['is cut within a line', streamThenEnd(event('ADDED', object('x', 5)).slice(0, 20)), '2'],
    ['is closed without the end of the body', closeUncleanly(event('ADDED', object('a', 4))), '4'],
    ['is closed before the answer', (response) => response.socket?.destroy(), '2'],
    ['is reset before the answer', (response) => response.socket?.resetAndDestroy(), '2'],
    ['gets a 503 of a proxy without a server', refuse(503, '<html>503 Service Unavailable</html>'), '2'],
  ] satisfies [string, Answer, string][])(
    'goes on from the last version after a connection that %s, without a list or a warning',
    async (_how, fault, version) => {
      const { names } = await start(
        [list(1, object('a', 1))],
        [streamThenEnd(event('BOOKMARK', object('', 2))), fault, stream(event('ADDED', object('b', 6)))],
      );
      await vi.waitFor(() => expect(names()).toEqual(['a', 'b']), soon);
      expect(seen('list')).toBe(1);
      expect(requests().at(-1)?.query.get('resourceVersion')).toBe(version);
      expect(events()).toEqual(['collection.watched']);
    },
  );

  it('resumes again and again without delay while each stream lives for a while', async () => {
    const { reflector } = await start([list(1, object('a', 1))], [endAfter(600)], {
      ...TIMING,
      retry: { minMs: 60_000, maxMs: 60_000 },
    });
    await vi.waitFor(() => expect(seen('watch')).toBe(8), soon);
    expect(seen('list')).toBe(1);
    expect(reflector.trouble()).toBeUndefined();
    expect(events()).toEqual(['collection.watched']);
  });

  it.each([
    ['an ERROR event', stream(errorEvent(410, 'too old resource version'))],
    ['a refusal', refuse(410, 'too old resource version')],
  ])('lists again without a warning if the last version has expired meanwhile: %s', async (_how, expired) => {
    const { names, reflector } = await start(
      [list(1, object('a', 1), object('b', 1)), list(9, object('b', 1), object('c', 9))],
      [streamThenCut(), expired, stream()],
    );
    await vi.waitFor(() => expect(names()).toEqual(['b', 'c']), soon);
    expect(seen('list')).toBe(2);
    expect(reflector.trouble()).toBeUndefined();
    expect(events()).toEqual(['collection.watched', 'collection.expired']);
  });

  it('lists again with one warning once several attempts to go on have failed', async () => {
    const closed: Answer = (response) => response.socket?.destroy();
    const { names } = await start(
      [list(1, object('a', 1)), list(9, object('b', 9))],
      [streamThenCut(), ...Array<Answer>(5).fill(closed), stream()],
    );
    await vi.waitFor(() => expect(names()).toEqual(['b']), soon);
    const expected = ['collection.watched', 'collection.lost', 'collection.watched'];
    await vi.waitFor(() => expect(events()).toEqual(expected), soon);
    expect(requests().map(({ kind }) => kind)).toEqual([
      ...['list', ...Array<string>(6).fill('watch'), 'list', 'watch'],
    ]);
  });

  it('does not spin when the server closes each stream at once', async () => {
    const retry = { minMs: 50, maxMs: 400 };
    await start([list(1)], [streamThenEnd()], { ...TIMING, retry });
    const from = performance.now();
    await vi.waitFor(() => expect(seen('watch')).toBeGreaterThanOrEqual(7), soon);
    expect(performance.now() - from).toBeGreaterThan(600);
    expect(logged.filter((line) => line.includes('closes each stream at once'))).toHaveLength(1);
  });

  it('finds out that an open stream delivers nothing any more', async () => {
    const { names } = await start(
      [list(1, object('a', 1)), list(3, object('a', 1), object('b', 2))],
      [stream(), stream(event('ADDED', object('b', 2)))],
      { ...TIMING, secondOpinionMs: 50 },
    );
    await vi.waitFor(() => expect(names()).toEqual(['a', 'b']), soon);
    expect(requests()[2]?.query.get('timeoutSeconds')).toBe('1');
  });

  it.each([
    ['ends in order', streamThenEnd()],
    ['is cut', streamThenCut()],
  ])(
    'leaves a quiet stream alone as long as the second connection knows no more and %s',
    async (_how, end) => {
      await start([list(1, object('a', 1))], [stream(), end], { ...TIMING, secondOpinionMs: 30 });
      await vi.waitFor(() => expect(seen('watch')).toBeGreaterThan(5), soon);
      expect(seen('list')).toBe(1);
      expect(events()).toEqual(['collection.watched']);
    },
  );

  it('goes on without a list or a warning after a second connection that failed', async () => {
    const { names } = await start(
      [list(1, object('a', 1))],
      [stream(), (response) => response.socket?.destroy(), stream(event('ADDED', object('b', 2)))],
      { ...TIMING, secondOpinionMs: 200 },
    );
    await vi.waitFor(() => expect(names()).toEqual(['a', 'b']), soon);
    expect(seen('list')).toBe(1);
    expect(events()).toEqual(['collection.watched']);
  });

  it('lists again when asked to', async () => {
    const { names, reflector } = await start([list(1, object('a', 1)), list(2, object('b', 2))], [stream()]);
    await vi.waitFor(() => expect(seen('watch')).toBe(1), soon);
    reflector.relist();
    await vi.waitFor(() => expect(names()).toEqual(['b']), soon);
  });

  it('names the missing right, and the credentials that are not known', async () => {
    const { reflector } = await start(
      [refuse(403, 'nodes is forbidden'), refuse(401, 'Unauthorized')],
      [stream()],
    );
    await vi.waitFor(
      () => expect(reflector.trouble()).toContain('we may not list nodes: grant list and watch'),
      soon,
    );
    await vi.waitFor(() => expect(reflector.trouble()).toContain("doesn't know our credentials"), soon);
    expect(reflector.synced()).toBe(false);
  });

  it('stops at once, also in the middle of a list', async () => {
    const { reflector, stop } = await start([silence], [stream()]);
    await vi.waitFor(() => expect(seen('list')).toBe(1), soon);
    await stop();
    expect(reflector.synced()).toBe(false);
  });
});
