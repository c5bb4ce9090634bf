import type { Blame } from '@kubefigurator/config-model';
import { describe, expect, it } from 'vitest';
import { FIRST, kinds, MORE_SERVERS, NEW_SERVICE, serving } from './testing/scenario.ts';
import { SimulatedHost } from './testing/simulated-host.ts';
import { BAD, published } from './testing/texts.ts';

const WITH_BAD = published('4', { shop: ['10.0.0.1'], bad: ['10.0.0.1'] });

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

  it('is tried again when the text says something else about it', () => {
    const host = serving();
    refusing(host);
    host.pass(WITH_BAD);
    const text = WITH_BAD.published.text.replace('backend bad\n', 'backend bad\n  retries 5\n');
    const pass = host.pass({ kind: 'published', published: { revision: '5', text } });
    expect(kinds(pass)).toEqual(['validate', 'keep']);
  });

  it('is tried again when its cause changes, not with each look', () => {
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

  it('is found by halves if HAProxy names nobody, and the rest is served', () => {
    const host = serving();
    host.behaviour.refuses.set('backend cart', { sources: [], message: 'out of memory' });
    const names = ['cart', 'help', 'mail', 'news', 'pay', 'wiki'];
    const services = Object.fromEntries(['shop', ...names].map((name) => [name, ['10.0.0.1']]));
    const pass = host.pass(published('5', services));
    expect(pass.outcome).toMatchObject({
      kind: 'applied',
      leftOut: [{ sources: [{ namespace: 'default', service: 'cart', port: 'web' }] }],
    });
    expect(kinds(pass).filter((kind) => kind === 'validate').length).toBeLessThan(8);
    for (const name of ['shop', ...names.slice(1)]) expect(host.runs).toContain(`backend ${name}\n`);
    expect(kinds(host.pass(published('6', { ...services, shop: ['10.0.0.2'] })))).toEqual(['runtime']);
  });

  it('is a reason to reject the text, and to try it with growing waits, if HAProxy refuses what runs, too', () => {
    const host = serving();
    host.behaviour.refuses.set('backend shop', { sources: [], message: 'out of sockets' });
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

  it('is a reason to reject the whole text with --strict', () => {
    const host = serving({ strict: true });
    refusing(host);
    expect(host.pass(WITH_BAD).outcome).toMatchObject({ kind: 'rejected', blame: [BAD] });
    expect(host.runs).toBe(FIRST.published.text);
  });

  it('waits for the reload budget when it is tried again', () => {
    const host = serving({ reloads: { burst: 1, intervalMs: 3_600_000 } });
    refusing(host);
    host.pass(WITH_BAD);
    host.behaviour.refuses.clear();
    host.behaviour.causes = 'the file appeared';
    expect(host.pass(WITH_BAD, 'look').outcome).toMatchObject({ kind: 'postponed' });
    expect(host.reloads).toBe(1);
  });
});

describe('a text that is rejected', () => {
  const moved = (
    servers: readonly string[],
    more: Readonly<Record<string, readonly string[]>> = {},
  ): typeof FIRST => published('5', { shop: servers, pay: ['10.0.0.1'], ...more });
  const rejecting = (): SimulatedHost => {
    const host = new SimulatedHost();
    host.pass(moved(['10.0.0.1']));
    host.behaviour.refuses.set('backend', { sources: [], message: 'out of sockets' });
    return host;
  };

  it('has its servers changed all the same, once', () => {
    const host = rejecting();
    const wanted = moved(['10.0.0.1', '10.0.0.2'], { cart: ['10.0.0.1'] });
    const pass = host.pass(wanted);
    expect(kinds(pass).at(-1)).toBe('servers');
    expect(pass.outcome).toMatchObject({ kind: 'rejected', serversChanged: true });
    expect(host.runs).toBe(moved(['10.0.0.1', '10.0.0.2']).published.text);
    expect(host.good?.ledger.revision).toBe('5');
    expect(kinds(host.pass(wanted, 'look'))).toEqual(['hold']);
    expect(host.pass(wanted, 'signal').outcome).not.toHaveProperty('serversChanged');
  });

  it('gives its servers to what runs, and so does each newer one that is rejected', () => {
    const host = rejecting();
    host.pass(moved(['10.0.0.2'], { cart: ['10.0.0.1'] }));
    host.pass(moved(['10.0.0.3'], { cart: ['10.0.0.1'] }));
    expect(host.runs).toBe(moved(['10.0.0.3']).published.text);
    expect(host.reloads).toBe(1);
  });

  it('makes HAProxy read again what it ran if the runtime API fails: which servers changed is unknown then', () => {
    const host = rejecting();
    const ran = moved(['10.0.0.1']).published.text;
    host.behaviour.refuses.clear();
    host.behaviour.check = (text) => (text === ran ? [] : [{ sources: [], message: 'out of sockets' }]);
    host.behaviour.runtimeFailure = 'no more servers';
    const pass = host.pass(moved(['10.0.0.2'], { cart: ['10.0.0.1'] }));
    expect(kinds(pass).slice(-3)).toEqual(['servers', 'validate', 'reload']);
    expect([host.runs, host.onDisk, host.reloads]).toEqual([ran, ran, 2]);
  });
});

describe('a file in a folder of certificates that no Service asked for', () => {
  const NOTES: Blame = {
    sources: [],
    file: { folder: '/ssl', name: 'notes.txt' },
    message: 'no certificate',
  };
  const WORD = encodeURIComponent('notes.txt');
  const withFolder = (revision: string, ...servers: readonly string[]): typeof FIRST => {
    const { text } = published(revision, { shop: servers }).published;
    const line = text.replace(/^ {2}bind .*/m, '$& ssl crt /ssl');
    return { kind: 'published', published: { revision, text: line } };
  };
  const hostWith = (...certificates: readonly string[]): SimulatedHost => {
    const host = serving();
    host.folders.set('/ssl', { certificates, folders: new Set() });
    host.behaviour.refuses.set(WORD, NOTES);
    return host;
  };

  it('is left out of the list, and of that of the next text at once', () => {
    const host = hostWith('a.pem', 'notes.txt');
    const pass = host.pass(withFolder('5', '10.0.0.1'));
    expect(kinds(pass)).toEqual(['validate', 'validate', 'reload']);
    expect(pass.outcome).toMatchObject({ kind: 'applied', leftOut: [NOTES] });
    expect(host.onDisk).toContain(`crt-list /ours/${encodeURIComponent('/ssl/a.pem\n')}.crt-list`);
    expect(host.good?.release.files).toHaveLength(1);
    expect(kinds(host.pass(withFolder('6', '10.0.0.1', '10.0.0.2')))).toEqual(['runtime']);
    expect(host.good?.release.files).toHaveLength(1);
  });

  it('can’t be left out of other places than lists: the text is rejected', () => {
    const host = hostWith('a.pem');
    host.behaviour.refuses.delete(WORD);
    host.behaviour.refuses.set('/ssl/notes.txt', NOTES);
    const reading = withFolder('5', '10.0.0.1');
    const text = `${reading.published.text}  option httpchk /ssl/notes.txt\n`;
    const pass = host.pass({ kind: 'published', published: { revision: '5', text } });
    expect(kinds(pass)).toEqual(['validate', 'keep']);
    expect(pass.outcome).toMatchObject({
      kind: 'rejected',
      blame: [NOTES, { message: 'nothing would be left' }],
    });
  });

  it('is forgotten once the text names the folder no more', () => {
    const host = hostWith('a.pem', 'notes.txt');
    host.pass(withFolder('5', '10.0.0.1'));
    expect(host.pass(FIRST).outcome).toMatchObject({ kind: 'applied', leftOut: [] });
  });
});
