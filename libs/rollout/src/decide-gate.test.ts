import { describe, expect, it } from 'vitest';
import type { FIRST } from './testing/scenario.ts';
import { EDITED, kinds } from './testing/scenario.ts';
import { SimulatedHost } from './testing/simulated-host.ts';
import { published } from './testing/texts.ts';

type Servers = readonly string[];

/** A text of two Services, with a line behind each bind of `pay` and a line above the servers of `pay`. */
function text(
  revision: string,
  servers: { readonly shop: Servers; readonly pay: Servers },
  { front = '', back = '' }: { readonly front?: string; readonly back?: string } = {},
): typeof FIRST {
  const whole = published(revision, servers).published.text;
  const [before = '', after = ''] = whole.split('frontend pay\n');
  const wrong = after
    .replace('default_backend', `${front}default_backend`)
    .replace('  server', `${back}  server`);
  return { kind: 'published', published: { revision, text: `${before}frontend pay\n${wrong}` } };
}

const [OLD, NEW] = [['10.0.0.1'], ['10.0.0.1', '10.0.0.2']];
const BEFORE = text('1', { shop: OLD, pay: OLD });
const AFTER = text('1', { shop: NEW, pay: NEW });
const FILE = 'errorfile 503 /etc/passwd\n  ';
const REFUSED = text('2', { shop: NEW, pay: NEW }, { front: FILE });

function host(...policy: ConstructorParameters<typeof SimulatedHost>): SimulatedHost {
  const started = new SimulatedHost(...policy);
  expect(started.pass(BEFORE).outcome).toMatchObject({ kind: 'applied' });
  return started;
}

describe('a text that the gate refuses for a line', () => {
  it('has its servers changed all the same, once, and stays rejected', () => {
    const refusing = host();
    const pass = refusing.pass(REFUSED);
    expect(kinds(pass)).toEqual(['servers']);
    expect(pass.outcome).toMatchObject({ kind: 'rejected', stage: 'gate', serversChanged: true });
    expect(refusing.runs).toBe(AFTER.published.text);
    expect(refusing.good?.ledger.revision).toBe('1');
    const again = refusing.pass(REFUSED, 'look');
    expect(kinds(again)).toEqual(['keep']);
    expect(again.outcome).toEqual(pass.outcome);
    expect(refusing.reloads).toBe(1);
  });

  it('changes no servers of a section in which a line is wrong', () => {
    const refusing = host();
    const wrong = '  server s9 127.0.0.1:80\n';
    refusing.pass(text('2', { shop: NEW, pay: NEW }, { back: wrong }));
    expect(refusing.runs).toBe(text('1', { shop: NEW, pay: OLD }).published.text);
  });

  it('changes servers with each text of that kind, and is forgotten with the next good one', () => {
    const refusing = host();
    refusing.pass(REFUSED);
    const other = text('3', { shop: ['10.0.0.3'], pay: NEW }, { front: FILE });
    expect(refusing.pass(other).outcome).toMatchObject({ kind: 'rejected', serversChanged: true });
    expect(refusing.runs).toContain('10.0.0.3');
    const same = text('4', { shop: ['10.0.0.3'], pay: NEW }, { front: `${FILE}${FILE}` });
    expect(refusing.pass(same).outcome).not.toHaveProperty('serversChanged');
    const good = text('5', { shop: OLD, pay: OLD });
    expect(refusing.pass(good).outcome).toMatchObject({ kind: 'applied', method: 'runtime' });
    expect(refusing.good?.ledger.revision).toBe('5');
  });

  it.each([
    ['is too large', `${REFUSED.published.text}${'# x\n'.repeat(300_000)}`],
    ['has bytes that HAProxy reads otherwise', `${REFUSED.published.text}# \u0000\n`],
    ['has a section that isn’t let in', `${REFUSED.published.text}global\n  maxconn 1\n`],
    ['has no bind', REFUSED.published.text.replaceAll(/^ {2}bind.*$/gm, '')],
    ['has more wrong lines than are judged', `${REFUSED.published.text}${'  errorfile 503 /x\n'.repeat(20)}`],
  ])('changes no servers if the text %s', (_what, published) => {
    const refusing = host();
    const pass = refusing.pass({ kind: 'published', published: { revision: '2', text: published } });
    expect(kinds(pass)).toEqual(['keep']);
    expect(pass.outcome).toMatchObject({ kind: 'rejected', stage: 'gate' });
    expect(refusing.runs).toBe(BEFORE.published.text);
  });

  it('changes no servers of a frozen host, nor over an edited file', () => {
    const frozen = host();
    frozen.freeze = { since: '2026', by: 'ann' };
    expect(frozen.pass(REFUSED).outcome).toMatchObject({ kind: 'frozen' });
    const reported = host({ onDrift: 'report' });
    reported.onDisk = EDITED;
    expect(kinds(reported.pass(REFUSED))).toEqual(['keep']);
    expect(reported.onDisk).toBe(EDITED);
    const repaired = host();
    repaired.onDisk = EDITED;
    repaired.pass(REFUSED);
    expect(repaired.onDisk).toBe(BEFORE.published.text);
    repaired.pass(REFUSED, 'look');
    expect(repaired.runs).toBe(AFTER.published.text);
  });

  it('makes HAProxy read again what it ran if it refuses a server', () => {
    const refusing = host();
    refusing.behaviour.runtimeFailure = 'no more servers';
    const pass = refusing.pass(REFUSED);
    expect(kinds(pass).at(-1)).toBe('reload');
    expect(refusing.runs).toBe(BEFORE.published.text);
    expect(pass.decisions[0]?.kind).toBe('servers');
  });
});
