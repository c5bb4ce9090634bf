import { describe, expect, it } from 'vitest';
import { FIRST, kinds, MORE_SERVERS, movedTo, NEW_SERVICE, serving } from './testing/scenario.ts';
import { published } from './testing/texts.ts';

const MOVED = movedTo('3', 9000);

describe('the reload budget', () => {
  it('lets a newer text take the place of one that waits', () => {
    const host = serving({ reloads: { burst: 1, intervalMs: 5_000 } });
    expect(host.pass(NEW_SERVICE).outcome).toMatchObject({ kind: 'postponed', waitMs: 5_000 });
    host.now += 1_000;
    const newest = published('5', { shop: ['10.0.0.1'], pay: ['10.0.0.1'] });
    expect(host.pass(newest).outcome).toMatchObject({ kind: 'postponed', waitMs: 4_000 });
    const outcomes = host.live(newest, 4_000);
    expect(outcomes.at(-1)).toMatchObject({ kind: 'applied' });
    expect([host.runs, host.reloads]).toEqual([newest.published.text, 2]);
  });

  it('changes servers that need no reload meanwhile, once', () => {
    const host = serving({ reloads: { burst: 1, intervalMs: 5_000 } });
    const both = published('5', { shop: ['10.0.0.1', '10.0.0.2'], cart: ['10.0.0.1'] });
    expect(host.pass(both).outcome).toMatchObject({ kind: 'postponed', serversChanged: true });
    expect(host.runs).toBe(MORE_SERVERS.published.text);
    expect(host.good?.ledger.revision).toBe('1');
    expect(kinds(host.pass(both, 'look'))).toEqual(['hold']);
    expect(host.live(both, 6_000).at(-1)).toMatchObject({ kind: 'applied', method: 'reload' });
    expect(host.runs).toBe(both.published.text);
  });

  it('waits longer after each reload that failed, up to 5 minutes for the same text, 1 minute for a newer one', () => {
    const host = serving({ reloads: { burst: 1_000, intervalMs: 1 } });
    host.behaviour.reloadFailure = 'no new worker';
    host.now += 60_000;
    const times: number[] = [];
    host.pass(MOVED);
    let began = host.now;
    for (let round = 0; round < 7; round += 1) {
      const { reloads } = host;
      while (host.reloads === reloads) host.wake(MOVED);
      times.push(Math.round((host.now - began) / 1000));
      began = host.now;
    }
    expect(times).toEqual([15, 30, 60, 120, 240, 300, 300]);
    const newer = movedTo('6', 9001);
    expect(host.pass(newer).outcome).toMatchObject({
      kind: 'postponed',
      waitMs: 60_000,
      failure: 'no new worker',
    });
  });

  it('a signal ends the wait after a reload that failed', () => {
    const host = serving();
    host.behaviour.reloadFailure = 'no new worker';
    expect(host.pass(NEW_SERVICE).outcome).toMatchObject({ kind: 'failed', stage: 'reload' });
    expect(host.onDisk).toBe(FIRST.published.text);
    host.behaviour.reloadFailure = undefined;
    const held = host.pass(NEW_SERVICE, 'look');
    expect([kinds(held), held.outcome]).toEqual([['hold'], expect.objectContaining({ kind: 'failed' })]);
    expect(kinds(host.pass(NEW_SERVICE, 'signal'))).toEqual(['validate', 'reload']);
  });

  it('reports a wait once, and again after a signal', () => {
    const host = serving({ reloads: { burst: 1, intervalMs: 60_000 } });
    host.pass(NEW_SERVICE);
    expect(kinds(host.pass(NEW_SERVICE, 'look'))).toEqual(['hold']);
    expect(kinds(host.pass(NEW_SERVICE, 'signal'))).toEqual(['postpone']);
  });
});
