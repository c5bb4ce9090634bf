import { describe, expect, it } from 'vitest';
import type { Policy } from './moment.ts';
import { EDITED, FIRST, kinds, MORE_SERVERS, NEW_SERVICE, serving } from './testing/scenario.ts';
import type { SimulatedHost } from './testing/simulated-host.ts';
import { hashOf } from './testing/texts.ts';

describe('a file that somebody edited', () => {
  it('is written again without a reload', () => {
    const host = serving();
    host.onDisk = EDITED;
    expect(kinds(host.pass(FIRST, 'look'))).toEqual(['rewrite']);
    expect([host.onDisk, host.reloads]).toEqual([FIRST.published.text, 1]);
  });

  it.each([
    ['etcd has not answered', undefined],
    ['the key is missing', { kind: 'missing' as const, key: '/key' }],
    [
      'the gate refuses the text',
      { kind: 'published' as const, published: { revision: '2', text: 'global\n x\n' } },
    ],
  ])('is repaired from the last known good release while %s', (_what, reading) => {
    const host = serving();
    host.onDisk = undefined;
    expect(kinds(host.pass(reading, 'look'))).toEqual(['rewrite']);
    expect(host.onDisk).toBe(FIRST.published.text);
  });

  it('a repair that fails is tried again, not with each look, while etcd is silent', () => {
    const host = serving();
    host.onDisk = EDITED;
    host.behaviour.writeFailure = 'no space left';
    expect(host.pass(undefined, 'look').outcome).toMatchObject({ kind: 'failed', stage: 'stage' });
    expect(kinds(host.pass(undefined, 'look'))).toEqual(['keep']);
    host.behaviour.writeFailure = undefined;
    host.live(undefined, 30_000);
    expect(host.onDisk).toBe(FIRST.published.text);
  });

  it('a repair that has to wait for the reload budget is done when its time comes', () => {
    const host = serving({ reloads: { burst: 1, intervalMs: 20_000 } });
    host.onDisk = EDITED;
    host.restart();
    expect(host.pass(undefined, 'look').outcome).toMatchObject({ kind: 'postponed' });
    host.live(undefined, 21_000);
    expect([host.onDisk, host.runs]).toEqual([FIRST.published.text, FIRST.published.text]);
  });

  it('a repair’s own reload is no drift', () => {
    const host = serving();
    host.onDisk = EDITED;
    host.restart();
    host.pass(undefined, 'look');
    expect(host.runs).toBe(FIRST.published.text);
    host.pass(undefined, 'look');
    expect(host.memory.drift.present).toEqual([]);
  });

  describe.each([
    ['removed', true],
    ['changed', false],
  ])('that lies beside dynamic.cfg and was %s', (_what, isMissing) => {
    const damaged = (policy?: Partial<Policy>): SimulatedHost => {
      const host = serving(policy);
      host.damagedFiles = [{ path: '/ours/ab.crt-list', isMissing }];
      return host;
    };

    it.each([
      ['etcd has its text', FIRST],
      ['etcd has not answered', undefined],
    ])('is written again without a reload while %s', (_state, reading) => {
      const host = damaged();
      expect(kinds(host.pass(reading, 'look'))).toEqual(['rewrite']);
      expect([host.damagedFiles, host.reloads]).toEqual([[], 1]);
      expect(host.memory.drift.present).toMatchObject([{ what: '/ours/ab.crt-list' }]);
      host.pass(reading, 'look');
      expect(host.memory.drift.present).toEqual([]);
    });

    it('is loaded again if HAProxy was reloaded meanwhile', () => {
      const host = damaged();
      host.restart();
      expect(kinds(host.pass(FIRST, 'look'))).toEqual(['validate', 'reload']);
      expect([host.runs, host.damagedFiles]).toEqual([FIRST.published.text, []]);
      expect(kinds(host.pass(FIRST, 'look'))).toEqual(['keep']);
    });

    it('stays with --drift report until etcd has another text, and is named', () => {
      const host = damaged({ onDrift: 'report' });
      expect(host.pass(FIRST, 'look').outcome).toMatchObject({
        kind: 'kept',
        reason: expect.stringContaining('/ours/ab.crt-list was edited or removed') as unknown,
      });
      expect(host.damagedFiles).toHaveLength(1);
      expect(host.pass(NEW_SERVICE).outcome).toMatchObject({ kind: 'applied' });
      expect(host.damagedFiles).toEqual([]);
    });

    it('stays while the host is frozen', () => {
      const host = damaged();
      host.freeze = { since: 'now', by: 'alice' };
      expect(kinds(host.pass(FIRST, 'look'))).toEqual(['hold']);
      expect(host.memory.drift.present).toMatchObject([{ what: '/ours/ab.crt-list' }]);
    });
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
      expect(host.onDisk).toBe(FIRST.published.text);
    });

    it('is not repaired while etcd is silent', () => {
      const host = reporting();
      host.pass(undefined, 'look');
      expect(host.onDisk).toBe(EDITED);
    });
  });

  it('is no drift any more once it was written again', () => {
    const host = serving();
    host.onDisk = EDITED;
    host.pass(FIRST, 'look');
    expect(host.observe().fileHash).toBe(hashOf(FIRST.published.text));
    host.pass(FIRST, 'look');
    expect(host.memory.drift.present).toEqual([]);
  });

  it('is not repaired while the text of etcd can’t be written: writing that text is tried again', () => {
    const host = serving();
    host.behaviour.writeFailure = 'the disk is full';
    host.pass(NEW_SERVICE);
    host.onDisk = EDITED;
    expect(kinds(host.pass(NEW_SERVICE, 'look'))).toEqual(['hold']);
    host.behaviour.writeFailure = undefined;
    host.live(NEW_SERVICE, 30_000);
    expect([host.onDisk, host.runs]).toEqual([NEW_SERVICE.published.text, NEW_SERVICE.published.text]);
  });

  it('is seen to be repaired a second later, so that the next edit is a new finding', () => {
    const host = serving();
    host.live(FIRST, 60_000);
    host.onDisk = EDITED;
    host.wake(FIRST);
    expect(host.memory.drift.present).toHaveLength(1);
    const repairedAt = host.now;
    host.wake(FIRST);
    expect(host.now - repairedAt).toBe(1_000);
    expect(host.memory.drift.present).toEqual([]);
  });
});

it('on a frozen host, a restart of HAProxy is a restart in later passes, too, not a reload', () => {
  const host = serving();
  host.freeze = { since: 'now', by: 'alice' };
  host.restart(true);
  for (let pass = 0; pass < 2; pass += 1) {
    host.pass(FIRST, 'look');
    expect(host.memory.drift.present).toMatchObject([{ kind: 'haproxy-restarted' }]);
  }
});
