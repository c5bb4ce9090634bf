import type { CertificateStatus } from '@kubefigurator/config-model';
import { describe, expect, it } from 'vitest';
import { reportCertificates } from './certificate-report.ts';
import type { Observation } from './observation.ts';
import { SimulatedHost } from './testing/simulated-host.ts';
import type { KeyReading } from './wanted.ts';

const FILE = '/ssl/shop.pem';
const OTHER = '/ssl/cart.pem';
const COPY = `/ours${FILE}`;

function text(revision: string, ...cartPorts: readonly number[]): KeyReading {
  const section = (name: string, port: number): string =>
    [
      `# service: default/${name} port: web certificate: /ssl/${name}.pem`,
      `frontend ${name}-${String(port)}`,
      `  bind *:${String(port)} ssl crt /ssl/${name}.pem`,
    ].join('\n');
  const sections = [section('shop', 443), ...cartPorts.map((port) => section('cart', port))];
  return { kind: 'published', published: { revision, text: `# header\n${sections.join('\n\n')}\n` } };
}

const TEXT = text('1', 444);

/** A host that serves two certificates, and keeps copies of them. */
function servingHost(): SimulatedHost {
  const host = new SimulatedHost();
  host.certificates.copies = new Map();
  for (const file of [FILE, OTHER]) host.certificates.write(file, `first ${file}`, host.now - 60_000);
  host.pass(TEXT);
  host.live(TEXT, 20_000);
  expect([...host.certificates.copies.keys()].sort()).toEqual([OTHER, FILE]);
  return host;
}

function change(host: SimulatedHost, content: string, file = FILE): void {
  host.certificates.write(file, content, host.now);
  host.pass(TEXT, 'certificate');
}

describe('a certificate whose file breaks', () => {
  it('is served from the copy once HAProxy has read its files again, by hand or for a newer text', () => {
    const host = servingHost();
    const { reloads } = host;
    change(host, 'broken');
    host.live(TEXT, 8_000);
    expect(host.onDisk).toContain(`crt ${COPY}`);
    expect(host.onDisk).toContain(`crt ${OTHER}`);
    expect(host.reloads).toBe(reloads);
    host.restart();
    host.live(TEXT, 20_000);
    expect(host.certificates.serves(FILE)).toBe(`first ${FILE}`);
    const newer = text('2', 444, 445);
    host.pass(newer);
    host.live(newer, 20_000);
    expect(host.runs).toContain(':445');
    expect(host.certificates.serves(FILE)).toBe(`first ${FILE}`);
    expect(host.memory.certificates.troubles).toMatchObject([{ file: FILE }]);
    expect(host.memory.fault).toBeUndefined();
  });

  it.each([
    ['edited', (host: SimulatedHost) => void (host.onDisk = '# edited\n')],
    [
      'without its list',
      (host: SimulatedHost) => void (host.damagedFiles = [{ path: '/ours/a.crt-list', isMissing: true }]),
    ],
  ])('and that has no copy stays served when the config is found %s', (_what, damage) => {
    const host = servingHost();
    const { reloads, runs } = host;
    host.certificates.copies?.delete(FILE);
    change(host, 'broken');
    host.live(TEXT, 8_000);
    damage(host);
    host.live(TEXT, 30_000);
    expect([host.reloads, host.runs, host.certificates.serves(FILE)]).toEqual([
      reloads,
      runs,
      `first ${FILE}`,
    ]);
    expect([host.onDisk, host.damagedFiles]).toEqual([runs, []]);
  });

  it('is served from the file again soon after the file is mended', () => {
    const host = servingHost();
    change(host, 'broken');
    host.live(TEXT, 8_000);
    change(host, 'mended');
    host.live(TEXT, 4_000);
    expect(host.onDisk).toContain(`crt ${FILE}`);
    expect(host.certificates.serves(FILE)).toBe('mended');
  });

  it('a moment before a newer text comes is served as before, and the text is applied at once', () => {
    const host = servingHost();
    host.certificates.write(FILE, 'broken', host.now);
    const newer = text('2', 444, 445);
    host.pass(newer);
    host.live(newer, 2_000);
    expect(host.runs).toContain(':445');
    expect(host.certificates.serves(FILE)).toBe(`first ${FILE}`);
    host.certificates.write(FILE, 'second', host.now);
    host.pass(newer, 'certificate');
    host.live(newer, 5_000);
    expect([host.certificates.serves(FILE), host.onDisk?.includes(COPY)]).toEqual(['second', false]);
  });

  it('is named by its own file again once the file is mended, without a reload', () => {
    const host = servingHost();
    const { reloads } = host;
    change(host, 'broken');
    host.live(TEXT, 8_000);
    change(host, 'second');
    host.live(TEXT, 5_000);
    expect([host.onDisk?.includes(COPY), host.certificates.serves(FILE), host.reloads]).toEqual([
      false,
      'second',
      reloads,
    ]);
    expect(host.certificates.copies?.get(FILE)?.content).toBe('second');
  });

  it('and is written in pieces leaves the config as it is', () => {
    const host = servingHost();
    const before = host.onDisk;
    for (let piece = 0; piece < 6; piece += 1) {
      change(host, 'broken');
      host.live(TEXT, 700);
      expect(host.onDisk).toBe(before);
    }
    change(host, 'second');
    host.live(TEXT, 5_000);
    expect([host.onDisk, host.certificates.serves(FILE)]).toEqual([before, 'second']);
  });

  it('does not prevent the reload that another certificate needs', () => {
    const host = servingHost();
    change(host, 'broken');
    host.live(TEXT, 8_000);
    change(host, 'big', OTHER);
    host.live(TEXT, 8_000);
    expect([host.certificates.serves(OTHER), host.certificates.serves(FILE)]).toEqual([
      'big',
      `first ${FILE}`,
    ]);
  });

  it('and that an operator forgot is served no more, and the others are', () => {
    for (const waitMs of [0, 8_000]) {
      const host = servingHost();
      change(host, 'broken');
      host.live(TEXT, waitMs);
      host.certificates.copies?.set(FILE, { content: `first ${FILE}`, isForgotten: true });
      host.pass(TEXT, 'certificate');
      host.live(TEXT, 10_000);
      expect([host.certificates.serves(FILE), host.certificates.serves(OTHER)]).toEqual([
        undefined,
        `first ${OTHER}`,
      ]);
      expect(host.runs).not.toContain('shop');
      change(host, 'second');
      host.behaviour.causes += '.';
      host.live(TEXT, 20_000);
      expect(host.certificates.serves(FILE)).toBe('second');
    }
  });
});

describe('what is reported of a certificate', () => {
  const report = (host: SimulatedHost): readonly CertificateStatus[] => {
    const observation = host.observe();
    return reportCertificates(observation.certificates ?? [], host.memory.certificates, observation);
  };
  const of = (host: SimulatedHost, file = FILE): CertificateStatus | undefined =>
    report(host).find((each) => each.file === file);

  it('that HAProxy can’t start while the text names the broken file, and can once it names the copy', () => {
    const host = servingHost();
    host.freeze = { since: 'now', by: 'alice' };
    change(host, 'broken');
    host.live(TEXT, 8_000);
    expect(of(host)).toMatchObject({ trouble: 'it has no certificate', blocksStart: true });
    expect(of(host, OTHER)?.blocksStart).toBeUndefined();
    host.freeze = undefined;
    host.live(TEXT, 20_000);
    expect(of(host)).toMatchObject({ trouble: 'it has no certificate' });
    expect(of(host)?.blocksStart).toBeUndefined();
  });

  it('that its file is broken, at once by an agent that starts while the text names the copy', () => {
    const host = servingHost();
    change(host, 'broken');
    host.live(TEXT, 8_000);
    host.memory = new SimulatedHost().memory;
    host.certificates.write(FILE, 'broken', host.now);
    host.pass(TEXT, 'look');
    expect(host.memory.certificates.troubles).toMatchObject([{ file: FILE }]);
  });

  it('that it was forgotten', () => {
    const host = servingHost();
    host.certificates.copies?.set(FILE, { content: `first ${FILE}`, isForgotten: true });
    expect([of(host)?.isForgotten, of(host, OTHER)?.isForgotten]).toEqual([true, undefined]);
  });

  it('the expiry of what the present worker serves, not of what an earlier one was given', () => {
    const host = servingHost();
    change(host, 'second');
    host.live(TEXT, 3_000);
    const observation = host.observe();
    const served = { name: FILE, fingerprint: 'second', notAfter: '2031', chain: 0 };
    const states = observation.certificates ?? [];
    const given = host.memory.certificates.records.get(FILE);
    if (given === undefined) throw new Error('nothing is known of it');
    const records = new Map([[FILE, { ...given, served }]]);
    const until = (haproxy: Observation['haproxy']): string | undefined =>
      reportCertificates(states, { ...host.memory.certificates, records }, { ...observation, haproxy }).find(
        ({ file }) => file === FILE,
      )?.notAfter;
    expect(until(observation.haproxy)).toBe('2031');
    host.restart();
    expect(until(host.observe().haproxy)).toBe('2027-01-01T00:00:00.000Z');
  });
});
