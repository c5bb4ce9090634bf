import type { HostStatus } from '@kubefigurator/config-model';
import { parseHostStatus, troublesOfStatus, warningsOfStatus } from '@kubefigurator/config-model';
import { describe, expect, it } from 'vitest';
import type { StatusParts } from './compose.ts';
import { composeStatus, dateNews, systemdSentenceOf } from './compose.ts';

const AT = '2026-01-02T03:04:05.000Z';
const ledger = {
  revision: '7',
  hash: 'ab',
  worker: { pid: 2, startTicks: 3 },
  appliedAt: AT,
  method: 'reload',
};
const parts: StatusParts = {
  host: 'lb-1',
  startedAt: AT,
  reading: { kind: 'published', published: { revision: '7', text: 'x', bytes: 1 } },
  news: { revision: '7', outcome: { kind: 'unchanged', leftOut: [] }, durationMs: 12.3, at: AT },
  ledger,
  freeze: undefined,
  haproxy: undefined,
  pending: undefined,
  blindSince: undefined,
  hostNameShared: undefined,
  drift: [],
  certificates: [],
  copyFailure: undefined,
};
const self = { id: 'a', machine: 'lb-1', addresses: ['192.0.2.1'], pid: 7, startedAt: AT };
const others = [{ ...self, id: 'b', addresses: ['192.0.2.2'] }];
const hostNameShared = { since: AT, self, others };
const compose = (change: Partial<StatusParts>): HostStatus => composeStatus({ ...parts, ...change });

describe('composeStatus', () => {
  it.each<[string, Partial<StatusParts>]>([
    ['all is well', {}],
    ['nothing is known yet', { reading: undefined, news: undefined, ledger: undefined }],
    ['the key is missing', { reading: { kind: 'missing', key: '/key', atRevision: '9' } }],
    ['it is frozen', { freeze: { since: AT, by: 'ann' } }],
    ['a text waits', { pending: { revision: '8', since: AT, checkedSince: AT } }],
    ['it is blind', { blindSince: AT }],
    ['its name is shared', { hostNameShared }],
  ])('is readable when %s', (_what, change) => {
    const status = compose(change);
    expect(parseHostStatus(JSON.stringify(status))).toEqual({ kind: 'status', status });
  });

  it.each([
    ['reload', ledger.worker, 'reload'],
    ['found running', ledger.worker, 'none'],
    ['command', undefined, 'unproven'],
  ])('the method %s in the ledger, with worker %j, is shown as %s', (method, worker, how) => {
    expect(compose({ ledger: { ...ledger, method, worker } }).applied?.how).toBe(how);
  });

  it('names certificates with trouble first, then those that expire next, and is not in sync with trouble', () => {
    const at = (file: string, notAfter: string): { file: string; sources: []; notAfter: string } => ({
      ...{ file, sources: [], notAfter },
    });
    const certificates = [
      ...Array.from({ length: 40 }, (_, index) => at(`/ssl/${index}.pem`, `2027-01-${index + 10}`)),
      { ...at('/ssl/bad.pem', '2028'), trouble: 'it is gone' },
    ];
    const status = compose({ certificates });
    expect(status.certificates?.slice(0, 2).map(({ file }) => file)).toEqual(['/ssl/bad.pem', '/ssl/0.pem']);
    expect(status).toMatchObject({ certificateCount: 41, certificateTroubleCount: 1 });
    expect(status.certificates).toHaveLength(20);
    expect(troublesOfStatus(status)).toEqual([
      'certificate /ssl/bad.pem: it is gone; HAProxy serves the one before, valid until 2028',
    ]);
    expect(troublesOfStatus(compose({ certificates: certificates.slice(0, 40) }))).toEqual([]);
  });

  it('says that HAProxy can not start, that a certificate was forgotten, and that copies fail', () => {
    const certificate = { file: '/ssl/a.pem', sources: [], notAfter: '2028', trouble: 'it is gone' };
    const status = compose({
      certificates: [{ ...certificate, blocksStart: true, isForgotten: true }],
      copyFailure: 'the disk is full',
    });
    expect(systemdSentenceOf(status)).toContain(
      'certificate /ssl/a.pem: it is gone; HAProxy serves the one before, valid until 2028, AND CAN NOT START AGAIN until the file is correct; forgotten: there is no copy of it',
    );
    expect(warningsOfStatus(status)).toEqual(["copies of certificates can't be written: the disk is full"]);
  });

  it('cuts what could grow without an end', () => {
    const sources = Array.from({ length: 9_000 }, () => ({ namespace: 'n', service: 's', port: 'p' }));
    const leftOut = Array.from({ length: 500 }, () => ({ sources, message: 'x'.repeat(9_000) }));
    const status = compose({
      news: { revision: '7', outcome: { kind: 'unchanged', leftOut }, durationMs: 1, at: AT },
    });
    expect(status.leftOutCount).toBe(500);
    expect(JSON.stringify(status).length).toBeLessThan(40_000);
  });
});

describe('a pass that threw', () => {
  const blame = [{ sources: [], message: 'EIO: i/o error, read' }];
  const threw = { kind: 'failed', stage: 'pass', blame, restored: 'unknown' } as const;
  const news = { revision: '8', outcome: threw, durationMs: 1, at: AT };

  it.each<[string, Partial<StatusParts>]>([
    ['after an older revision was applied', { news }],
    ['at the first start, with a text from etcd', { news, ledger: undefined }],
    ['at the first start, before etcd was heard', { news, ledger: undefined, reading: undefined }],
  ])('is the only trouble %s', (_when, change) => {
    const status = compose(change);
    expect(parseHostStatus(JSON.stringify(status))).toEqual({ kind: 'status', status });
    expect(status.outcome?.kind).toBe('failed');
    expect(troublesOfStatus(status)).toEqual([
      expect.stringMatching(/^failed: the pass could not be finished: EIO/),
    ]);
    expect(systemdSentenceOf(status)).toMatch(/^NOT in sync: failed: the pass could not be finished/);
    expect(systemdSentenceOf(status)).not.toContain('nothing has come from etcd');
  });
});

describe('dateNews', () => {
  it('keeps the time of what is no news', () => {
    const first = dateNews(
      undefined,
      { ...parts.news, outcome: { kind: 'unchanged', leftOut: [] }, revision: '7', durationMs: 1 },
      'one',
    );
    const same = dateNews(first, { ...first, durationMs: 99 }, 'two');
    expect(same).toBe(first);
    expect(dateNews(first, { ...first, revision: '8' }, 'three').at).toBe('three');
  });
});

describe('systemdSentenceOf', () => {
  it.each<[Partial<StatusParts>, RegExp]>([
    [{}, /^in sync: revision 7 applied \(reload\) at 2026/],
    [
      { hostNameShared },
      /^in sync: revision 7 .*; WARNING: 2 agents have shared the host name lb-1 since 2026/,
    ],
    [
      { hostNameShared, blindSince: AT },
      /^NOT in sync: etcd .*; HAProxy runs revision 7, .*; WARNING: 2 agents have shared the host name/,
    ],
    [
      { freeze: { since: AT, by: 'ann', reason: 'disk' } },
      /^NOT in sync: frozen since .* by ann: disk; HAProxy runs revision 7, etcd has 7$/,
    ],
    [
      { pending: { revision: '8', since: AT, checkedSince: AT } },
      /^NOT in sync: revision 8 is being checked since 2026.* \(haproxy -c\); HAProxy runs revision 7/,
    ],
    [
      { pending: { revision: '8', since: AT } },
      /^NOT in sync: revision 8, seen at 2026.*, is not applied yet; HAProxy runs revision 7/,
    ],
    [{ pending: { since: AT } }, /^NOT in sync: what etcd has, seen at 2026.*, is not applied yet;/],
    [{ blindSince: AT }, /^NOT in sync: etcd has not been heard since .*; HAProxy runs revision 7/],
    [
      { news: undefined, ledger: undefined, reading: undefined },
      /^NOT in sync: nothing has come from etcd yet; HAProxy runs what it had$/,
    ],
  ])('%j', (change, sentence) => {
    const status = compose(change);
    expect(systemdSentenceOf(status)).toMatch(sentence);
    expect(systemdSentenceOf(status).startsWith('in sync')).toBe(troublesOfStatus(status).length === 0);
  });
});
