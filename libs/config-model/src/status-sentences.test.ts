import { describe, expect, it } from 'vitest';
import type { HostAgent } from './host-presence.ts';
import type { HostStatus } from './host-status.ts';
import { parseHostStatus } from './host-status.ts';
import { describeCertificate, troublesOfStatus, warningsOfStatus } from './status-sentences.ts';

const AT = '2026-01-02T03:04:05.000Z';
const healthy: HostStatus = {
  version: 1,
  host: 'lb-1',
  startedAt: AT,
  versions: { consumer: '1.0.0', haproxy: '2.6.12' },
  seen: { revision: '7', hash: 'ab' },
  applied: { revision: '7', hash: 'ab', how: 'reload', at: AT },
  outcome: { kind: 'applied', summary: 'applied (reload)', at: AT, durationMs: 40 },
  leftOut: [],
  leftOutCount: 0,
  oldWorkers: 1,
  drift: [],
};
const source = { namespace: 'default', service: 'shop', port: 'web' };

describe('troublesOfStatus', () => {
  it('finds none if all of the text runs, also with a server drained by hand and a drift that is over', () => {
    const drift = [
      { kind: 'server-drain', what: 'shop/worker-a', since: AT },
      { kind: 'file-edited', what: '/etc/haproxy/dynamic.cfg', since: AT, endedAt: AT },
    ] as const;
    expect(troublesOfStatus({ ...healthy, drift })).toEqual([]);
  });

  it.each<[string, Partial<HostStatus>, string]>([
    ['a freeze', { frozen: { since: AT, by: 'ann', reason: 'disk' } }, `frozen since ${AT} by ann: disk`],
    ['blindness', { blindSince: AT }, `etcd has not been heard since ${AT}`],
    [
      'an edited file',
      { drift: [{ kind: 'file-edited', what: 'f', since: AT }] },
      `f: file-edited since ${AT}`,
    ],
    ['what is left out', { leftOutCount: 2 }, 'applied (reload)'],
    ['a refusal', { outcome: { kind: 'rejected', summary: 'no', at: AT, durationMs: 1 } }, 'no'],
  ])('names %s', (_what, change, trouble) => {
    expect(troublesOfStatus({ ...healthy, ...change })).toEqual([trouble]);
  });

  it('says that nothing has come from etcd only if nothing has', () => {
    const before: HostStatus = { ...healthy, outcome: undefined as never, seen: undefined as never };
    expect(troublesOfStatus(before)).toEqual(['nothing has come from etcd yet']);
    const duringFirstPass = { ...before, seen: { revision: '7', hash: 'ab' } };
    expect(troublesOfStatus(duringFirstPass)).toEqual([
      'the first pass since the agent started is not finished yet',
    ]);
    const failed = { kind: 'failed', summary: 'failed: EIO', at: AT, durationMs: 1 } as const;
    expect(troublesOfStatus({ ...before, outcome: failed })).toEqual(['failed: EIO']);
  });
});

describe('warningsOfStatus', () => {
  const agent = (id: string, address: string): HostAgent => ({
    ...{ id, machine: 'lb-1', addresses: [address], pid: 7, startedAt: AT },
  });
  const shared: HostStatus = {
    ...healthy,
    hostNameShared: { since: AT, self: agent('a', '192.0.2.1'), others: [agent('b', '192.0.2.2')] },
  };

  it('says that HAProxy could not be reloaded', () => {
    expect(warningsOfStatus({ ...healthy, reloadTrouble: "unknown keyword 'x'" })).toEqual([
      "a reload or a start of HAProxy would fail: unknown keyword 'x'",
    ]);
  });

  it('finds none on a host with a name of its own', () => expect(warningsOfStatus(healthy)).toEqual([]));

  it('says in one sentence that a host name is shared, by whom, and what to do', () => {
    expect(warningsOfStatus(shared)).toEqual([
      `2 agents have shared the host name lb-1 since ${AT} and overwrite each other's status in etcd; give each host a name of its own with --host-name: pid 7 on lb-1 (192.0.2.1), started at ${AT}; pid 7 on lb-1 (192.0.2.2), started at ${AT}`,
    ]);
  });

  it('a shared host name is no trouble, since HAProxy runs what etcd has; parseHostStatus checks its fields', () => {
    expect(troublesOfStatus(shared)).toEqual([]);
    expect(parseHostStatus(JSON.stringify(shared))).toEqual({ kind: 'status', status: shared });
    const broken = { ...shared, hostNameShared: { since: AT, self: {}, others: [] } };
    expect(parseHostStatus(JSON.stringify(broken)).kind).toBe('unreadable');
  });
});

describe('a certificate without a name that clients ask for', () => {
  const certificate = {
    file: '/ssl/a.pem',
    sources: [source],
    notAfter: '2028',
    unnamedHosts: ['a.example'],
  };
  const status = { ...healthy, certificates: [certificate], unnamedHostsCount: 3 };

  it('is a warning, and no trouble, since HAProxy serves what it was given', () => {
    expect(troublesOfStatus(status)).toEqual([]);
    expect(warningsOfStatus(status)).toEqual([
      "certificate /ssl/a.pem of default/shop port web doesn't name a.example: clients refuse it there",
      '2 more certificates without a name that clients ask for',
    ]);
  });

  it('is described with its hosts', () => {
    expect(describeCertificate(certificate)).toBe(
      "/ssl/a.pem of default/shop port web: valid until 2028; it doesn't name a.example: clients refuse it there",
    );
  });
});

describe('describeCertificate', () => {
  it('says of a folder that has grown too far what it is for, and of no certificate that it is served', () => {
    const sources = [{ namespace: 'team', service: 'fold', port: 'web' }];
    const folder = {
      file: '/ssl/many',
      sources,
      trouble: 'it has 9: the list stays',
      isFolder: true as const,
    };
    expect(describeCertificate(folder)).toBe('/ssl/many of team/fold port web: it has 9: the list stays');
    const status = { ...healthy, certificates: [folder], certificateTroubleCount: 1 };
    expect(troublesOfStatus(status)).toContain(`certificate ${describeCertificate(folder)}`);
  });

  const file = '/ssl/a.pem';
  it.each([
    ['valid', {}, 'valid until 2028'],
    ['gone', { trouble: 'it is gone' }, 'it is gone; HAProxy serves the one before, valid until 2028'],
    [
      'expired and served',
      { trouble: 'it expired at 2028' },
      'it expired at 2028; HAProxy serves it all the same',
    ],
    [
      'expired and not served',
      { trouble: 'it expired at 2027' },
      'it expired at 2027; HAProxy serves the one before, valid until 2028',
    ],
  ])('says what HAProxy serves if it is %s', (_what, certificate, says) => {
    const described = describeCertificate({ file, sources: [source], notAfter: '2028', ...certificate });
    expect(described).toBe(`${file} of default/shop port web: ${says}`);
  });
});
