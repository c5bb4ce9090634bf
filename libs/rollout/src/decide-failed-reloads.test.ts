import { describe, expect, it } from 'vitest';
import { kinds, movedTo, serving } from './testing/scenario.ts';
import type { SimulatedHost } from './testing/simulated-host.ts';
import { published } from './testing/texts.ts';

/** HAProxy's check accepts a text with this Service, and no worker starts with it. */
const evil = { evil: ['10.0.0.9'] };
const WITH_EVIL = published('3', { shop: ['10.0.0.1'], ...evil });
/** The bind of `shop` is another one: a change of what runs, which needs a reload. */
const SHOP_MOVED = {
  ...WITH_EVIL,
  published: { revision: '4', text: WITH_EVIL.published.text.replace('*:8004', '*:9000') },
};

function withEvil(): SimulatedHost {
  const host = serving({ reloads: { burst: 1_000, intervalMs: 1 } });
  host.behaviour.canStartWith = (text) => !text.includes('frontend evil');
  return host;
}

/** Milliseconds until something becomes true. */
function until(host: SimulatedHost, text: typeof WITH_EVIL, isTrue: () => boolean): number {
  const from = host.now;
  while (!isTrue()) {
    host.wake(text);
    if (host.now - from > 24 * 3_600_000) throw new Error('never');
  }
  return host.now - from;
}

describe('a text with which HAProxy doesn’t start, though its check accepts it', () => {
  it('is tried without what is new after two reloads, and changes of what runs go live', () => {
    const host = withEvil();
    expect(host.pass(SHOP_MOVED).outcome).toMatchObject({ kind: 'failed', stage: 'reload' });
    expect(until(host, SHOP_MOVED, () => host.runs?.includes('*:9000') === true)).toBeLessThan(60_000);
    expect(host.runs).not.toContain('frontend evil');
    expect(host.reloads).toBe(4);
    expect(host.pass(SHOP_MOVED, 'look').outcome).toMatchObject({
      kind: 'unchanged',
      leftOut: [
        {
          sources: [{ namespace: 'default', service: 'evil', port: 'web' }],
          message:
            "is new and is tried later, since HAProxy didn't start with the text and named nobody: no new worker",
        },
      ],
    });
  });

  it('costs nobody a wait any more who is new later, too', () => {
    const host = withEvil();
    host.pass(WITH_EVIL);
    until(host, WITH_EVIL, () => host.memory.fault !== undefined);
    const later = published('5', { shop: ['10.0.0.1'], ...evil, pay: ['10.0.0.1'] });
    // The reloads that failed delay the next one, of whatever text, by half a minute.
    host.now += 25_000;
    expect(host.pass(later).outcome).toMatchObject({ kind: 'applied' });
    expect(host.runs).toContain('frontend pay');
  });

  it('is tried whole less and less often', () => {
    const host = withEvil();
    host.pass(WITH_EVIL);
    const times: number[] = [];
    let began = host.now;
    until(host, WITH_EVIL, () => host.memory.fault !== undefined);
    for (let round = 0; round < 5; round += 1) {
      const { reloads } = host;
      until(host, WITH_EVIL, () => host.reloads > reloads);
      times.push((host.now - began) / 60_000);
      began = host.now;
    }
    // Half of the wait is jitter.
    expect(times.every((minutes) => minutes >= 0.5)).toBe(true);
    expect(times.at(-1)).toBeGreaterThan(2.5);
  });

  it('runs whole as soon as HAProxy starts with it', () => {
    const host = withEvil();
    host.pass(WITH_EVIL);
    until(host, WITH_EVIL, () => host.memory.fault !== undefined);
    host.behaviour.canStartWith = () => true;
    until(host, WITH_EVIL, () => host.runs === WITH_EVIL.published.text);
    expect(host.pass(WITH_EVIL, 'look').outcome).toEqual({ kind: 'unchanged', leftOut: [] });
  });

  it('waits as before if nothing is new in it', () => {
    const host = serving({ reloads: { burst: 1_000, intervalMs: 1 } });
    host.behaviour.reloadFailure = 'no new worker';
    const text = movedTo('3', 9000);
    host.pass(text);
    until(host, text, () => host.reloads === 5);
    expect(host.pass(text, 'look').outcome).toMatchObject({ kind: 'failed', stage: 'reload' });
    expect(kinds(host.pass(text, 'signal'))).toContain('reload');
  });
});
