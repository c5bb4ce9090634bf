import { describe, expect, it } from 'vitest';
import { reportCertificates } from './certificate-report.ts';
import { SimulatedHost } from './testing/simulated-host.ts';
import { published } from './testing/texts.ts';
import type { KeyReading } from './wanted.ts';

const TEXT = published('1', { shop: ['10.0.0.1'] });
const FILE = '/ssl/shop.pem';

/** A host that serves the first certificate. */
function servingHost(policy = {}): SimulatedHost {
  const host = new SimulatedHost(policy);
  host.certificates.write(FILE, 'first', host.now - 60_000);
  host.pass(TEXT);
  host.live(TEXT, 20_000);
  expect(host.certificates.serves(FILE)).toBe('first');
  return host;
}

function change(host: SimulatedHost, content: string): void {
  host.certificates.write(FILE, content, host.now);
  host.pass(TEXT, 'certificate');
}

describe('a certificate that changed on disk', () => {
  it('is served within seconds, without a reload, and once only', () => {
    const host = servingHost();
    const { reloads } = host;
    change(host, 'second');
    const outcomes = host.live(TEXT, 3_000);
    expect(host.certificates.serves(FILE)).toBe('second');
    expect(outcomes).toContainEqual(
      expect.objectContaining({
        kind: 'applied',
        method: 'runtime',
        reasons: [`certificate ${FILE} changed`],
      }),
    );
    host.live(TEXT, 600_000);
    expect([host.reloads, host.certificates.renewals]).toEqual([reloads, 1]);
    expect(host.memory.certificates.troubles).toEqual([]);
  });

  it('is served at once if a person asks', () => {
    const host = servingHost();
    host.certificates.write(FILE, 'second', host.now);
    expect(host.pass(TEXT, 'signal').outcome).toMatchObject({ kind: 'applied', method: 'runtime' });
    expect(host.certificates.serves(FILE)).toBe('second');
  });

  it('is found by the look every ten seconds, too', () => {
    const host = servingHost();
    host.certificates.write(FILE, 'second', host.now);
    host.live(TEXT, 12_000);
    expect(host.certificates.serves(FILE)).toBe('second');
  });

  it.each([
    ['etcd has no text', { kind: 'missing', key: '/key' }],
    ['etcd has not answered', undefined],
    ['the gate refuses the text', { kind: 'published', published: { revision: '2', text: 'global\n' } }],
  ] as const)('is served while %s', (_what, reading) => {
    for (const content of ['second', 'big']) {
      const host = servingHost();
      host.pass(reading, 'etcd');
      host.certificates.write(FILE, content, host.now);
      host.pass(reading, 'certificate');
      host.live(reading, 10_000);
      expect(host.certificates.serves(FILE)).toBe(content);
      host.live(reading, 600_000);
      expect(host.reloads).toBe(content === 'big' ? 2 : 1);
    }
  });

  it('is served while a text waits for its reload', () => {
    const host = servingHost({ reloads: { burst: 1, intervalMs: 60_000 } });
    const other = published('2', { shop: ['10.0.0.1'], cart: ['10.0.0.1'] });
    host.pass(published('1b', { pay: ['10.0.0.1'] }));
    host.pass(other);
    host.certificates.write(FILE, 'second', host.now);
    host.pass(other, 'certificate');
    host.live(other, 3_000);
    expect(host.runs).not.toContain('cart');
    expect(host.certificates.serves(FILE)).toBe('second');
  });

  it('is served after one reload if it is too long for the runtime API, or if the runtime API fails', () => {
    for (const fault of ['too long', 'refused'] as const) {
      const host = servingHost();
      const { reloads } = host;
      if (fault === 'refused') host.certificates.failure = 'Unknown command';
      change(host, fault === 'refused' ? 'second' : 'second, big');
      host.live(TEXT, 5_000);
      expect(host.certificates.serves(FILE)).toContain('second');
      host.live(TEXT, 600_000);
      expect(host.reloads).toBe(reloads + 1);
    }
  });

  it('waits for the reload budget if only a reload brings it to HAProxy', () => {
    const host = servingHost({ reloads: { burst: 1, intervalMs: 60_000 } });
    host.live(TEXT, 60_000);
    const text = published('2', { shop: ['10.0.0.1'], cart: ['10.0.0.1'] });
    host.pass(text);
    const { reloads } = host;
    host.certificates.write(FILE, 'big', host.now);
    host.pass(text, 'certificate');
    expect(host.live(text, 5_000)).toContainEqual(expect.objectContaining({ kind: 'postponed' }));
    expect(host.reloads).toBe(reloads);
    host.live(text, 60_000);
    expect([host.reloads, host.certificates.serves(FILE)]).toEqual([reloads + 1, 'big']);
  });

  it('a reload that does not help is not tried again', () => {
    const host = servingHost();
    host.certificates.isDeaf = true;
    const { reloads } = host;
    change(host, 'big');
    host.live(TEXT, 600_000);
    expect(host.reloads).toBe(reloads + 1);
    expect(host.memory.certificates.troubles).toMatchObject([{ file: FILE }]);
    host.certificates.isDeaf = false;
    change(host, 'second');
    host.live(TEXT, 5_000);
    expect(host.certificates.serves(FILE)).toBe('second');
    expect(host.memory.certificates.troubles).toEqual([]);
  });

  it('that HAProxy refuses is reported, nothing is left out for it, and the next content is served', () => {
    const host = servingHost();
    const { reloads, runs } = host;
    change(host, 'odd');
    host.live(TEXT, 10_000);
    expect([host.reloads, host.runs, host.certificates.serves(FILE)]).toEqual([reloads, runs, 'first']);
    expect(host.memory.certificates.troubles).toMatchObject([
      { file: FILE, reason: `unable to load ${FILE}` },
    ]);
    expect(host.live(TEXT, 1_000)).not.toContainEqual(
      expect.objectContaining({ leftOut: [expect.anything()] }),
    );
    change(host, 'third');
    host.live(TEXT, 3_000);
    expect(host.certificates.serves(FILE)).toBe('third');
  });

  it('and soon has its old content again causes neither a renewal nor a reload', () => {
    const host = servingHost();
    change(host, 'broken');
    host.live(TEXT, 1_500);
    change(host, 'first');
    host.live(TEXT, 60_000);
    expect([host.certificates.renewals, host.reloads]).toEqual([0, 1]);
    expect(host.memory.certificates.troubles).toEqual([]);
  });
});

it('the certificates of a new worker are looked at within a second, also if its reload had to wait', () => {
  const host = new SimulatedHost({ jitterMs: 400 });
  host.certificates.write(FILE, 'first', host.now - 60_000);
  const text = '# header\nfrontend shop\n  bind *:443 ssl crt /ssl/shop.pem\n';
  const named: KeyReading = { kind: 'published', published: { revision: '1', text } };
  host.pass(named);
  expect(host.wake(named).outcome).toMatchObject({ kind: 'applied' });
  const reloadedAt = host.now;
  host.wake(named);
  expect(host.now - reloadedAt).toBeLessThanOrEqual(1_000);
});

describe('a file that is written in pieces', () => {
  it('is waited for, and then served', () => {
    const host = servingHost();
    for (let piece = 0; piece < 8; piece += 1) {
      host.certificates.write(FILE, piece % 2 === 0 ? 'broken' : `piece ${String(piece)}`, host.now);
      host.pass(TEXT, 'certificate');
      host.live(TEXT, 500);
      expect([host.certificates.serves(FILE), host.memory.certificates.troubles]).toEqual(['first', []]);
    }
    change(host, 'whole');
    host.live(TEXT, 3_000);
    expect(host.certificates.serves(FILE)).toBe('whole');
  });

  it('is reported with its Service if it stays broken or is expired; the one before it is still served', () => {
    for (const content of ['broken', 'expired']) {
      const host = servingHost();
      change(host, content);
      host.live(TEXT, 7_000);
      expect(host.certificates.serves(FILE)).toBe('first');
      expect(host.memory.certificates.troubles).toMatchObject([
        { file: FILE, sources: [{ service: 'shop' }] },
      ]);
      change(host, 'second');
      host.live(TEXT, 3_000);
      expect([host.certificates.serves(FILE), host.memory.certificates.troubles]).toEqual(['second', []]);
    }
  });
});

describe('nothing is done about a certificate', () => {
  it('while the host is frozen; after the thaw it is served', () => {
    const host = servingHost();
    host.freeze = { since: 'now', by: 'alice' };
    for (const content of ['second', 'big']) {
      change(host, content);
      host.live(TEXT, 60_000);
      expect([host.certificates.serves(FILE), host.reloads]).toEqual(['first', 1]);
    }
    host.freeze = undefined;
    host.pass(TEXT, 'freeze');
    host.live(TEXT, 3_000);
    expect(host.certificates.serves(FILE)).toBe('big');
  });

  it('while an edited file is left to the operator by --drift report', () => {
    const host = servingHost({ onDrift: 'report' });
    host.onDisk = '# edited\n';
    host.live(TEXT, 11_000);
    change(host, 'second');
    host.live(TEXT, 30_000);
    expect([host.certificates.serves(FILE), host.onDisk]).toEqual(['first', '# edited\n']);
  });
});

it('an agent that starts compares with what HAProxy serves', () => {
  const host = servingHost();
  host.certificates.write(FILE, 'second', host.now);
  const after = new SimulatedHost();
  host.memory = after.memory;
  host.pass(TEXT);
  host.live(TEXT, 3_000);
  expect([host.certificates.serves(FILE), host.reloads]).toEqual(['second', 1]);
});

describe('a certificate that is not renewed', () => {
  it('is reported once it has expired while HAProxy serves it, and no more after its renewal', () => {
    const host = servingHost();
    const { reloads } = host;
    host.certificates.areExpired = true;
    host.live(TEXT, 20_000);
    const [trouble] = host.memory.certificates.troubles;
    expect(trouble).toMatchObject({ file: FILE, reason: 'it expired at 2027-01-01T00:00:00.000Z' });
    expect([host.reloads, host.certificates.renewals]).toEqual([reloads, 0]);
    host.certificates.areExpired = false;
    change(host, 'second');
    host.live(TEXT, 5_000);
    expect(host.certificates.serves(FILE)).toBe('second');
    expect(host.memory.certificates.troubles).toEqual([]);
  });

  it('stays reported while another broken file takes the place of a broken one', () => {
    const host = servingHost();
    change(host, 'broken');
    host.live(TEXT, 10_000);
    expect(host.memory.certificates.troubles).toHaveLength(1);
    change(host, 'broken again');
    expect(host.memory.certificates.troubles).toHaveLength(1);
    host.live(TEXT, 10_000);
    expect(host.memory.certificates.troubles).toHaveLength(1);
  });

  it('is reported at once after a signal, although its file may still be written', () => {
    const host = servingHost();
    host.certificates.write(FILE, 'broken', host.now);
    host.pass(TEXT, 'signal');
    expect(host.memory.certificates.troubles).toHaveLength(1);
  });
});

describe('a folder that has grown too far', () => {
  const folder = { folder: '/ssl/many', sources: [], reason: 'this folder has grown to 9 certificates' };

  it('is a trouble of certificates beside the others, until it fits again', () => {
    const host = servingHost();
    host.grownFolders = [folder];
    host.live(TEXT, 12_000);
    const trouble = { file: folder.folder, sources: [], reason: folder.reason, isFolder: true };
    expect(host.memory.certificates.troubles).toEqual([trouble]);
    const observation = host.observe();
    expect(
      reportCertificates(observation.certificates ?? [], host.memory.certificates, observation),
    ).toMatchObject([
      { file: folder.folder, sources: [], trouble: folder.reason, isFolder: true },
      { file: FILE },
    ]);
    change(host, 'broken');
    host.live(TEXT, 12_000);
    expect(host.memory.certificates.troubles).toMatchObject([trouble, { file: FILE }]);
    host.grownFolders = [];
    host.live(TEXT, 12_000);
    expect(host.memory.certificates.troubles).toMatchObject([{ file: FILE }]);
  });
});
