import { describe, expect, it } from 'vitest';
import { EDITED, FIRST, kinds, MORE_SERVERS, NEW_SERVICE, serving } from './testing/scenario.ts';
import { SimulatedHost } from './testing/simulated-host.ts';

describe('the shortest way', () => {
  it('validates and reloads if nothing is known to run', () => {
    const host = new SimulatedHost();
    expect(kinds(host.pass(FIRST))).toEqual(['validate', 'reload']);
    expect(host.onDisk).toBe(FIRST.published.text);
    expect(host.runs).toBe(FIRST.published.text);
  });

  it('does nothing for the text that runs, and records a new revision of it', () => {
    const host = serving();
    const again = { ...FIRST, published: { ...FIRST.published, revision: '9' } };
    expect(kinds(host.pass(again))).toEqual(['keep']);
    expect(host.good?.ledger.revision).toBe('9');
    expect(host.reloads).toBe(1);
  });

  it('changes servers at run time, without a check', () => {
    const host = serving();
    expect(kinds(host.pass(MORE_SERVERS))).toEqual(['runtime']);
    expect(host.runs).toBe(MORE_SERVERS.published.text);
    expect(host.reloads).toBe(1);
  });

  it('reloads if the runtime API refuses', () => {
    const host = serving();
    host.behaviour.runtimeFailure = 'Require ...';
    expect(kinds(host.pass(MORE_SERVERS))).toEqual(['runtime', 'validate', 'reload']);
    expect(host.runs).toBe(MORE_SERVERS.published.text);
  });

  it('writes a text that differs in comments only, without a reload', () => {
    const host = serving();
    const text = FIRST.published.text.replace('# header', '# other header');
    const pass = host.pass({ kind: 'published', published: { revision: '2', text } });
    expect(kinds(pass)).toEqual(['validate', 'rewrite']);
    expect([host.onDisk, host.reloads]).toEqual([text, 1]);
  });

  it('puts the file in place for a HAProxy that is down, once, and looks for it every second', () => {
    const host = serving();
    host.behaviour.isDown = true;
    expect(host.pass(NEW_SERVICE).outcome).toMatchObject({ kind: 'not-running' });
    const { wake, decisions, outcome } = host.wake(NEW_SERVICE);
    expect([wake.trigger, decisions.map(({ kind }) => kind)]).toEqual(['look', ['hold']]);
    expect(outcome).toMatchObject({ kind: 'not-running' });
    const before = host.now;
    host.wake(NEW_SERVICE);
    expect(host.now - before).toBe(1_000);
    host.onDisk = EDITED;
    expect(kinds(host.wake(NEW_SERVICE))).toEqual(['validate', 'reload']);
    expect(host.onDisk).toBe(NEW_SERVICE.published.text);
  });
});

describe('may I apply now?', () => {
  it('not while the host is frozen, and at once when it is thawed', () => {
    const host = serving();
    host.freeze = { since: 'now', by: 'alice' };
    expect(host.pass(NEW_SERVICE).outcome).toMatchObject({ kind: 'frozen' });
    host.onDisk = EDITED;
    expect(kinds(host.wake(NEW_SERVICE))).toEqual(['hold']);
    expect(host.onDisk).toBe(EDITED);
    host.freeze = undefined;
    expect(kinds(host.pass(NEW_SERVICE, 'freeze'))).toEqual(['validate', 'reload']);
  });

  it.each([
    ['a missing key', { kind: 'missing' as const, key: '/key' }],
    ['a blank value', { kind: 'published' as const, published: { revision: '2', text: ' \n' } }],
    ['an unreadable value', { kind: 'unreadable' as const, revision: '2', reason: 'is not UTF-8' }],
  ])('%s never means "no services"', (_what, reading) => {
    const host = serving();
    expect(host.pass(reading).outcome).toMatchObject({ kind: 'kept' });
    expect(host.runs).toBe(FIRST.published.text);
  });

  it('the gate’s refusal is final until etcd has another text', () => {
    const host = serving();
    const text = 'global\n  lua-load /x\n';
    const reading = { kind: 'published' as const, published: { revision: '2', text } };
    expect(host.pass(reading).outcome).toMatchObject({ kind: 'rejected', stage: 'gate' });
    const outcomes = host.live(reading, 3_600_000);
    expect(new Set(outcomes.map((outcome) => outcome?.kind))).toEqual(new Set(['rejected']));
    expect(host.memory.refusal).toBeUndefined();
  });

  it('a longer reload jitter ends the pass; then the host is observed again, and a newer text waits no longer', () => {
    const host = new SimulatedHost({ jitterMs: 2_000 });
    expect(host.pass(FIRST).outcome).toMatchObject({ kind: 'postponed' });
    expect(kinds(host.pass(NEW_SERVICE))).toEqual(['postpone']);
    const began = host.now;
    host.onDisk = EDITED;
    const { decisions, wake } = host.wake(NEW_SERVICE);
    expect([wake.trigger, decisions.map(({ kind }) => kind)]).toEqual(['due', ['validate', 'reload']]);
    expect(host.now - began).toBe(1_000);
    expect(host.runs).toBe(NEW_SERVICE.published.text);
  });

  it('a short reload jitter is waited for inside the pass, once', () => {
    const host = new SimulatedHost({ jitterMs: 40 });
    const began = host.now;
    expect(kinds(host.pass(FIRST))).toEqual(['pause', 'validate', 'reload']);
    expect([host.now - began, host.runs]).toEqual([20, FIRST.published.text]);
  });

  it('while HAProxy isn’t running, no jitter is waited for', () => {
    const host = new SimulatedHost({ jitterMs: 2_000 });
    host.behaviour.isDown = true;
    expect(kinds(host.pass(FIRST))).toEqual(['validate', 'reload']);
  });
});

it('a restart after which no new worker is seen isn’t done again by looks, only after a signal', () => {
  const host = new SimulatedHost({ method: 'restart' });
  host.behaviour.isUnproven = true;
  host.pass(FIRST);
  expect(host.live(FIRST, 600_000).at(-1)).toMatchObject({ kind: 'unchanged' });
  expect(host.reloads).toBe(1);
  host.pass(FIRST, 'signal');
  expect(host.reloads).toBe(2);
});

it('after a pass that threw only its back-off counts, and a pass that ends forgets it', () => {
  const host = serving({ reloads: { burst: 1, intervalMs: 500 } });
  host.pass(NEW_SERVICE);
  host.now += 1_000;
  host.learnThrownPass();
  expect(host.wake(undefined).wake.at).toBeGreaterThan(1_001_700);
  expect(host.memory.refusal).toBeUndefined();
});
