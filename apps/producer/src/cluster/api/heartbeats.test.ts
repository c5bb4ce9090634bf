import { expect, it } from 'vitest';
import { createHeartbeats } from './heartbeats.ts';

interface Events {
  readonly events: number;
  /** The time between two of them. */
  readonly everyMs: number;
  /** The number of the one that changed something. */
  readonly changed?: number;
}

function restAfter({ events, everyMs, changed }: Events): number {
  let now = 0;
  const heartbeats = createHeartbeats(() => now);
  for (let event = 1; event <= events; event += 1) {
    now += everyMs;
    heartbeats.note(event === changed);
  }
  return heartbeats.restMs();
}

it.each<[string, Events, boolean]>([
  ['rests beside the heartbeats of hundreds of Nodes', { events: 50, everyMs: 20 }, true],
  ['doesn’t rest beside those of a few', { events: 50, everyMs: 200 }, false],
  ['doesn’t rest before it has seen many', { events: 9, everyMs: 20 }, false],
  [
    'doesn’t rest right after a change, since more may follow',
    { events: 50, everyMs: 20, changed: 45 },
    false,
  ],
  ['rests again some events after a change', { events: 50, everyMs: 20, changed: 40 }, true],
])('%s', (_what, events, rests) => {
  expect(restAfter(events) > 0).toBe(rests);
});

it('ends with the heartbeats', () => {
  let now = 0;
  const heartbeats = createHeartbeats(() => now);
  for (let event = 0; event < 50; event += 1) heartbeats.note(false);
  expect(heartbeats.restMs()).toBeGreaterThan(0);
  now = 1_000;
  expect(heartbeats.restMs()).toBe(0);
});
