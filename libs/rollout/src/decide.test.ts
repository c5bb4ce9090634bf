import { describe, expect, it } from 'vitest';
import { BAD, hashOf, published, SimulatedHost } from './testing/simulated-host.ts';
import type { Pass } from './testing/simulated-host.ts';

const FIRST = published('1', { shop: ['10.0.0.1'] });
const MORE_SERVERS = published('2', { shop: ['10.0.0.1', '10.0.0.2'] });
const NEW_SERVICE = published('3', { shop: ['10.0.0.1'], cart: ['10.0.0.1'] });
const WITH_BAD = published('4', { shop: ['10.0.0.1'], bad: ['10.0.0.1'] });
const EDITED = '# edited by hand\n';

const kinds = ({ decisions }: Pass): string[] => decisions.map(({ kind }) => kind);
const texts = { ...FIRST.published };

/** A host that runs the first text. */
function serving(...policy: ConstructorParameters<typeof SimulatedHost>): SimulatedHost {
  const host = new SimulatedHost(...policy);
  expect(host.pass(FIRST).outcome).toMatchObject({ kind: 'applied' });
  return host;
}

describe('the shortest way', () => {
  it('validates and reloads if nothing is known to run', () => {
    const host = new SimulatedHost();
    expect(kinds(host.pass(FIRST))).toEqual(['validate', 'reload']);
    expect(host.onDisk).toBe(texts.text);
    expect(host.runs).toBe(texts.text);
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
    ['a missing key', { kind: 'missing' as const }],
    ['a blank value', { kind: 'published' as const, published: { revision: '2', text: ' \n' } }],
    ['an unreadable value', { kind: 'unreadable' as const, revision: '2', reason: 'is not UTF-8' }],
  ])('%s never means "no services"', (_what, reading) => {
    const host = serving();
    expect(host.pass(reading).outcome).toMatchObject({ kind: 'kept' });
    expect(host.runs).toBe(texts.text);
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

  it('the reload jitter is waited for before the host is observed, and begins once', () => {
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

  it('a HAProxy that isn’t there waits for no jitter', () => {
    const host = new SimulatedHost({ jitterMs: 2_000 });
    host.behaviour.isDown = true;
    expect(kinds(host.pass(FIRST))).toEqual(['validate', 'reload']);
  });
});

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

  it('one back-off after a reload that failed: 15, 30, 60 s for a newer text, ever longer for the same', () => {
    const host = serving({ reloads: { burst: 1_000, intervalMs: 1 } });
    host.behaviour.reloadFailure = 'no new worker';
    host.now += 60_000;
    const times: number[] = [];
    host.pass(NEW_SERVICE);
    let began = host.now;
    for (let round = 0; round < 7; round += 1) {
      const { reloads } = host;
      while (host.reloads === reloads) host.wake(NEW_SERVICE);
      times.push(Math.round((host.now - began) / 1000));
      began = host.now;
    }
    expect(times).toEqual([15, 30, 60, 120, 240, 300, 300]);
    const newer = published('6', { shop: ['10.0.0.1'], pay: ['10.0.0.1'] });
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
    expect(host.onDisk).toBe(texts.text);
    host.behaviour.reloadFailure = undefined;
    expect(kinds(host.pass(NEW_SERVICE, 'look'))).toEqual(['postpone']);
    expect(kinds(host.pass(NEW_SERVICE, 'signal'))).toEqual(['validate', 'reload']);
  });
});

describe('what this host can’t take', () => {
  const refusing = (host: SimulatedHost): void => void host.behaviour.refuses.set('backend bad', BAD);

  it('is left out, and the rest is served', () => {
    const host = serving();
    refusing(host);
    const pass = host.pass(WITH_BAD);
    expect(kinds(pass)).toEqual(['validate', 'keep']);
    expect(pass.outcome).toMatchObject({ kind: 'unchanged', leftOut: [BAD] });
    expect(host.reloads).toBe(1);
  });

  it('is left out of the next text at once, without a check that fails', () => {
    const host = serving();
    refusing(host);
    host.pass(WITH_BAD);
    const next = published('5', { shop: ['10.0.0.1', '10.0.0.2'], bad: ['10.0.0.9'] });
    expect(kinds(host.pass(next))).toEqual(['runtime']);
    expect(host.runs).toBe(MORE_SERVERS.published.text);
  });

  it('is tried whole when the text says something else about it', () => {
    const host = serving();
    refusing(host);
    host.pass(WITH_BAD);
    const text = WITH_BAD.published.text.replace('backend bad\n', 'backend bad\n  retries 5\n');
    const pass = host.pass({ kind: 'published', published: { revision: '5', text } });
    expect(kinds(pass)).toEqual(['validate', 'keep']);
  });

  it('is tried again when its cause changes, and in growing intervals, not with each look', () => {
    const host = serving();
    refusing(host);
    host.pass(WITH_BAD);
    expect(kinds(host.pass(WITH_BAD, 'look'))).toEqual(['keep']);
    host.behaviour.causes = 'the file appeared';
    expect(kinds(host.pass(WITH_BAD, 'look'))).toEqual(['validate', 'keep']);
    expect(kinds(host.pass(WITH_BAD, 'look'))).toEqual(['keep']);
    host.behaviour.refuses.clear();
    host.behaviour.causes = 'the file is whole';
    expect(host.pass(WITH_BAD, 'look').outcome).toMatchObject({ kind: 'applied', leftOut: [] });
  });

  it('keeps what runs if nobody is to blame, and backs off', () => {
    const host = serving();
    host.behaviour.refuses.set('backend cart', { sources: [], message: 'out of sockets' });
    expect(host.pass(NEW_SERVICE).outcome).toMatchObject({ kind: 'rejected', stage: 'check' });
    expect(kinds(host.pass(NEW_SERVICE, 'look'))).toEqual(['hold']);
    const validations = Array.from({ length: 30 }, () => kinds(host.wake(NEW_SERVICE))).filter(
      ([kind]) => kind === 'validate',
    );
    expect(validations.length).toBeGreaterThan(2);
    expect(validations.length).toBeLessThan(8);
    host.behaviour.refuses.clear();
    expect(host.live(NEW_SERVICE, 300_000).at(-1)).toMatchObject({ kind: 'unchanged' });
    expect(host.runs).toBe(NEW_SERVICE.published.text);
  });

  it('a text is refused as a whole with --strict', () => {
    const host = serving({ strict: true });
    refusing(host);
    expect(host.pass(WITH_BAD).outcome).toMatchObject({ kind: 'rejected', blame: [BAD] });
    expect(host.runs).toBe(texts.text);
  });

  it('a trial waits for the reload budget like everything else', () => {
    const host = serving({ reloads: { burst: 1, intervalMs: 3_600_000 } });
    refusing(host);
    host.pass(WITH_BAD);
    host.behaviour.refuses.clear();
    host.behaviour.causes = 'the file appeared';
    expect(host.pass(WITH_BAD, 'look').outcome).toMatchObject({ kind: 'postponed' });
    expect(host.reloads).toBe(1);
  });
});

describe('a file that somebody edited', () => {
  it('is written again without a reload', () => {
    const host = serving();
    host.onDisk = EDITED;
    expect(kinds(host.pass(FIRST, 'look'))).toEqual(['validate', 'rewrite']);
    expect([host.onDisk, host.reloads]).toEqual([texts.text, 1]);
  });

  it.each([
    ['etcd has not answered', undefined],
    ['the key is missing', { kind: 'missing' as const }],
    [
      'the gate refuses the text',
      { kind: 'published' as const, published: { revision: '2', text: 'global\n x\n' } },
    ],
  ])('is repaired from the last known good release while %s', (_what, reading) => {
    const host = serving();
    host.onDisk = undefined;
    expect(kinds(host.pass(reading, 'look'))).toEqual(['validate', 'rewrite']);
    expect(host.onDisk).toBe(texts.text);
  });

  it('a repair that fails is tried again, with growing waits, while etcd is silent', () => {
    const host = serving();
    host.onDisk = EDITED;
    host.behaviour.writeFailure = 'no space left';
    expect(host.pass(undefined, 'look').outcome).toMatchObject({ kind: 'failed', stage: 'stage' });
    expect(kinds(host.pass(undefined, 'look'))).toEqual(['keep']);
    host.behaviour.writeFailure = undefined;
    host.live(undefined, 30_000);
    expect(host.onDisk).toBe(texts.text);
  });

  it('a repair that has to wait for the reload budget is done when its time comes', () => {
    const host = serving({ reloads: { burst: 1, intervalMs: 20_000 } });
    host.onDisk = EDITED;
    host.restart();
    expect(host.pass(undefined, 'look').outcome).toMatchObject({ kind: 'postponed' });
    host.live(undefined, 21_000);
    expect([host.onDisk, host.runs]).toEqual([texts.text, texts.text]);
  });

  it('a repair’s own reload is no drift', () => {
    const host = serving();
    host.onDisk = EDITED;
    host.restart();
    host.pass(undefined, 'look');
    expect(host.runs).toBe(texts.text);
    host.pass(undefined, 'look');
    expect(host.memory.drift.present).toEqual([]);
  });

  describe('with --drift report', () => {
    const reporting = (): SimulatedHost => {
      const host = serving({ onDrift: 'report' });
      host.onDisk = EDITED;
      return host;
    };

    it('stays until etcd has another text', () => {
      const host = reporting();
      expect(host.pass(FIRST, 'look').outcome).toMatchObject({ kind: 'kept' });
      expect(host.onDisk).toBe(EDITED);
      expect(host.pass(MORE_SERVERS).outcome).toMatchObject({ kind: 'applied' });
      expect(host.onDisk).toBe(MORE_SERVERS.published.text);
    });

    it('is overwritten by a reused revision number with another text (law 3)', () => {
      const host = reporting();
      const reused = { ...MORE_SERVERS, published: { ...MORE_SERVERS.published, revision: '1' } };
      host.pass(reused);
      expect(host.onDisk).toBe(MORE_SERVERS.published.text);
    });

    it('stays with a ledger of an earlier version, which knows the revision only', () => {
      const host = reporting();
      if (host.good !== undefined)
        host.good = { ...host.good, ledger: { ...host.good.ledger, published: undefined } };
      expect(host.pass(FIRST, 'look').outcome).toMatchObject({ kind: 'kept' });
    });

    it('is overwritten when a person asks', () => {
      const host = reporting();
      host.pass(FIRST, 'signal');
      expect(host.onDisk).toBe(texts.text);
    });

    it('is not repaired while etcd is silent', () => {
      const host = reporting();
      host.pass(undefined, 'look');
      expect(host.onDisk).toBe(EDITED);
    });
  });

  it('is the file that the ledger says, once it was written again', () => {
    const host = serving();
    host.onDisk = EDITED;
    host.pass(FIRST, 'look');
    expect(host.observe().fileHash).toBe(hashOf(texts.text));
    host.pass(FIRST, 'look');
    expect(host.memory.drift.present).toEqual([]);
  });
});
