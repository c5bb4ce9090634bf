import { afterEach, expect, it, vi } from 'vitest';
import { event, list, object, refuse, stream } from './testing/scripted-api.ts';
import { type ScriptedReflector, startScriptedReflector } from './testing/scripted-reflector.ts';

let started: ScriptedReflector | undefined;
afterEach(() => started?.stop());

// A new leader compares these versions with those of the last publication: one that isn't known counts as new enough.
it('knows of which version its records are while they are listed again, and while the API server fails', async () => {
  const soon = { timeout: 20_000, interval: 5 };
  const fails = refuse(500, 'no');
  started = await startScriptedReflector({
    script: {
      lists: [list(7, object('a', 1)), fails, fails, list(9, object('a', 9))],
      watches: [stream(event('ADDED', object('b', 8)))],
    },
    timing: { retry: { minMs: 20, maxMs: 100 }, secondOpinionMs: 60_000 },
  });
  const { reflector } = started;
  expect(reflector.version()).toBeUndefined();
  await vi.waitFor(() => expect(reflector.version()).toBe('8'), soon);
  reflector.relist();
  const versions = new Set<string | undefined>();
  await vi.waitFor(() => {
    versions.add(reflector.version());
    expect(reflector.version()).toBe('9');
  }, soon);
  expect([...versions]).toEqual(['8', '9']);
});
