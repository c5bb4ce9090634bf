import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Answer, errorEvent, event, list, page, refuse, stream } from './testing/scripted-api.ts';
import { type ScriptedReflector, startScriptedReflector } from './testing/scripted-reflector.ts';

const TIMING = { retry: { minMs: 20, maxMs: 100 }, secondOpinionMs: 60_000 };
// The first test loads client-node, which takes seconds on a busy machine.
const soon = { timeout: 20_000, interval: 5 };

let started: ScriptedReflector | undefined;
afterEach(async () => {
  await started?.stop();
  started = undefined;
});

function good(name: string, version: number): object {
  const labels = { 'haproxy-kubefigurator.enabled': 'yes' };
  return {
    metadata: { name, namespace: 'shop', uid: `uid-of-${name}`, resourceVersion: String(version), labels },
  };
}

/** The same object with a label that isn't a string. */
function broken(name: string, version: number): object {
  const { metadata } = good(name, version) as { metadata: object };
  return { metadata: { ...metadata, labels: { wrong: 1 } } };
}

const FIRST = [list(1, good('a', 1), good('b', 1))];

describe.each(['Service', 'Node'])('a %s that can’t be read', { timeout: 30_000 }, (kind) => {
  async function start(lists: Answer[], watches: Answer[]): Promise<ScriptedReflector> {
    started = await startScriptedReflector({ script: { lists, watches }, timing: TIMING, kind });
    return started;
  }

  it('stays as it was known when an event changes it', async () => {
    const { names, unreadable } = await start(FIRST, [
      stream(event('MODIFIED', broken('a', 2)), event('ADDED', good('c', 3))),
    ]);
    await vi.waitFor(() => expect(names()).toEqual(['a', 'b', 'c']), soon);
    expect(unreadable).toMatchObject([{ kept: true }]);
  });

  it.each([
    ['410 inside of the watch', stream(errorEvent(410, 'too old resource version'))],
    ['410 to the watch', refuse(410, 'too old')],
  ])('stays through the list after %s', async (_what, fault) => {
    const { names, api } = await start(
      [...FIRST, list(9, broken('a', 8), good('c', 9))],
      [fault, stream(event('ADDED', good('d', 10)))],
    );
    await vi.waitFor(() => expect(names()).toEqual(['a', 'c', 'd']), soon);
    expect(api.seen.filter((one) => one.kind === 'list')).toHaveLength(2);
  });

  it('stays through a list in pages', async () => {
    const { names, reflector } = await start(
      [...FIRST, page(9, [good('c', 9)], 'more'), page(9, [broken('a', 8)], 'most'), page(9, [good('d', 9)])],
      [stream()],
    );
    await vi.waitFor(() => expect(names()).toEqual(['a', 'b']), soon);
    reflector.relist();
    await vi.waitFor(() => expect(names()).toEqual(['a', 'c', 'd']), soon);
  });

  it('stays if a list that was started over has it, and goes if only the discarded pages had it', async () => {
    const expired = refuse(410, 'continue token expired');
    const { names, reflector } = await start(
      [
        ...FIRST,
        page(9, [broken('a', 8), broken('b', 8)], 'more'),
        expired,
        list(10, broken('a', 8), good('c', 10)),
      ],
      [stream()],
    );
    await vi.waitFor(() => expect(names()).toEqual(['a', 'b']), soon);
    reflector.relist();
    await vi.waitFor(() => expect(names()).toEqual(['a', 'c']), soon);
  });

  it('goes when it is deleted, and when a list doesn’t have it', async () => {
    const { names, reflector } = await start(
      [...FIRST, list(9, good('c', 9))],
      [
        stream(
          event('MODIFIED', broken('b', 2)),
          event('MODIFIED', broken('a', 3)),
          event('DELETED', broken('a', 4)),
        ),
      ],
    );
    await vi.waitFor(() => expect(names()).toEqual(['b']), soon);
    reflector.relist();
    await vi.waitFor(() => expect(names()).toEqual(['c']), soon);
  });

  it('is removed by a new list if the event of its deletion doesn’t name it', async () => {
    const nameless = { metadata: { resourceVersion: '2' } };
    const { names } = await start(
      [...FIRST, list(9, good('b', 1))],
      [stream(event('DELETED', nameless)), stream()],
    );
    await vi.waitFor(() => expect(names()).toEqual(['b']), soon);
  });
});
