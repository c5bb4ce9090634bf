import { MOST_SOURCES } from '@kubefigurator/config-model';
import { describe, expect, it } from 'vitest';
import type { HostState } from './explanation.ts';
import { areAllHostsLive, hostStates, hostStatesOfText, verdictOfHosts } from './hosts.ts';
import { observedFrom, type HostDraft } from './testing/observed.ts';

const PART = { source: { namespace: 'shop', service: 'web', port: 'http' }, backend: 'k8s-service_shop' };
const AT = '2026-01-02T03:04:05.000Z';
const STOPPED = { kind: 'haproxy-stopped', what: 'HAProxy', since: AT } as const;

function stateOf(draft: Omit<HostDraft, 'host'>, published?: 'none'): HostState | undefined {
  const hosts = [{ host: 'lb-1', ...draft }];
  return hostStates(observedFrom(JSON.stringify({ explain: 'x', hosts, published })), PART)[0];
}

describe('hostStates', () => {
  it.each<[string, Omit<HostDraft, 'host'>, HostState['state'], RegExp]>([
    ['another Service is left out', { leftOut: [{ source: 'blog/web/http', message: 'm' }] }, 'live', /^$/],
    [
      'it is left out',
      { leftOut: [{ source: 'shop/web/http', message: 'no file' }] },
      'left-out',
      /^no file$/,
    ],
    ['more is left out than is named', { leftOutCount: 21 }, 'unknown', /21 parts/],
    [
      'more is left out than is named, of others',
      { leftOutCount: 21, leftOutNamespaces: ['evil'] },
      'live',
      /^$/,
    ],
    ['the text was refused', { outcome: { kind: 'rejected', summary: 'R' } }, 'refused', /^R; .*revision 41/],
    ['it failed to apply it', { outcome: { kind: 'failed', summary: 'F' } }, 'refused', /^F; /],
    ['it waits for a reload', { outcome: { kind: 'postponed', summary: 'P' } }, 'behind', /^P; /],
    ['it is frozen on another text', { outcome: { kind: 'frozen', summary: 'Z' } }, 'behind', /^Z; /],
    ['HAProxy does not run', { outcome: { kind: 'not-running', summary: 'N' } }, 'stopped', /^N$/],
    ['HAProxy stopped after the text was applied', { drift: [STOPPED] }, 'stopped', /since 2026/],
    ['HAProxy stopped with another revision', { seen: '41', drift: [STOPPED] }, 'stopped', /since 2026/],
    ['HAProxy runs again', { drift: [{ ...STOPPED, endedAt: AT }] }, 'live', /^$/],
    ['it has another revision', { seen: '41' }, 'behind', /has revision 41, and etcd has 42: look again/],
    ['it is blind', { seen: '41', blindSince: AT }, 'behind', /not been heard there since 2026/],
    ['its agent ended', { alive: false }, 'silent', /applied revision 42.*applied \(reload\)/],
    ['it says nothing', { raw: 'nothing' }, 'unknown', /not written its status/],
    ['its status is broken', { raw: 'unreadable' }, 'unknown', /is not JSON/],
  ])('when %s', (_when, draft, state, detail) => {
    expect(stateOf(draft)).toMatchObject({ host: 'lb-1', state });
    expect(stateOf(draft)?.detail ?? '').toMatch(detail);
  });

  it('is never said to run a text if HAProxy does not run', () => {
    for (const outcome of ['applied', 'rejected', 'postponed', 'frozen', 'failed', 'not-running'] as const) {
      const said = JSON.stringify(stateOf({ outcome: { kind: outcome, summary: 'S' }, drift: [STOPPED] }));
      expect([outcome, said]).toEqual([outcome, expect.not.stringContaining('HAProxy runs')]);
    }
  });

  it('is live nowhere while etcd has no text', () => {
    expect(stateOf({}, 'none')).toMatchObject({
      state: 'behind',
      detail: expect.stringContaining('missing') as string,
    });
  });

  it('is not known if a part that is left out has more Services than a status names', () => {
    const hosts = [{ host: 'lb-1', leftOut: [{ source: 'a/b/c', message: 'm' }] }];
    const facts = observedFrom(JSON.stringify({ explain: 'x', hosts }));
    const [host] = facts.hosts;
    const status = host?.status?.kind === 'status' ? host.status.status : undefined;
    if (host === undefined || status === undefined) throw new Error('the host has a status');
    const sources = Array.from({ length: MOST_SOURCES }, (_, index) => ({
      ...PART.source,
      service: `s${index}`,
    }));
    const cut = { ...status, leftOut: [{ sources, message: 'm' }] };
    const cutHost = { ...host, status: { kind: 'status', status: cut } as const };
    expect(hostStates({ ...facts, hosts: [cutHost] }, PART)[0]?.state).toBe('unknown');
  });

  it('is live on a frozen host that had applied the whole text before, which is a note', () => {
    const hosts = [{ host: 'lb-1', outcome: { kind: 'frozen', summary: 'Z' } }];
    const facts = observedFrom(JSON.stringify({ explain: 'x', hosts }));
    const [host] = facts.hosts;
    const status = host?.status?.kind === 'status' ? host.status.status : undefined;
    if (host === undefined || status?.applied === undefined || !('text' in facts.published))
      throw new Error('the host has a status');
    const applied = { ...status.applied, hash: facts.published.hash };
    const frozen = { ...status, applied, frozen: { since: AT, by: 'ann' } };
    const frozenHost = { ...host, status: { kind: 'status', status: frozen } as const };
    expect(hostStates({ ...facts, hosts: [frozenHost] }, PART)).toEqual([
      { host: 'lb-1', state: 'live', notes: [`frozen since ${AT} by ann`] },
    ]);
  });

  it('notes a certificate with trouble and a held server of the part, and not those of others', () => {
    const certificate = { file: '/ssl/a.pem', trouble: 'it is gone' };
    const drift = { kind: 'server-maint', since: AT } as const;
    const state = stateOf({
      certificates: [
        { ...certificate, source: 'shop/web/http' },
        { ...certificate, source: 'blog/web/http' },
        { file: '/ssl/b.pem', source: 'shop/web/http' },
        { file: '/ssl/c.pem', source: 'shop/web/http', unnamedHosts: ['c.example'] },
      ],
      drift: [
        { ...drift, what: 'k8s-service_shop/worker-a' },
        { ...drift, what: 'k8s-service_shop_2/worker-a' },
        { ...drift, what: 'k8s-service_shop/worker-b', endedAt: AT },
      ],
    });
    expect(state?.state).toBe('live');
    expect(state?.notes).toEqual([
      expect.stringMatching(/^certificate \/ssl\/a.pem of shop\/web port http: it is gone/),
      expect.stringMatching(
        /^certificate \/ssl\/c.pem of shop\/web .*doesn't name c\.example: clients refuse/,
      ),
      `k8s-service_shop/worker-a: server-maint since ${AT}`,
    ]);
  });
});

it('hostStatesOfText notes how much a live host leaves out', () => {
  const hosts = [{ host: 'lb-1', leftOutCount: 2 }, { host: 'lb-2' }, { host: 'lb-3', seen: '9' }];
  const states = hostStatesOfText(observedFrom(JSON.stringify({ explain: 'x', hosts })));
  expect(states.map(({ state, notes }) => [state, notes.length])).toEqual([
    ['live', 1],
    ['live', 0],
    ['behind', 0],
  ]);
});

it('areAllHostsLive needs a host', () => {
  expect(areAllHostsLive([])).toBe(false);
  expect(areAllHostsLive([{ host: 'a', state: 'live', notes: [] }])).toBe(true);
});

it.each([
  [[], 'nowhere'],
  [['nowhere', 'nowhere'], 'nowhere'],
  [['everywhere', 'nowhere'], 'in-part'],
  [['everywhere', 'in-part'], 'in-part'],
  [['everywhere', 'everywhere'], 'everywhere'],
] as const)('verdictOfHosts %j is %s', (verdicts, verdict) => expect(verdictOfHosts(verdicts)).toBe(verdict));
