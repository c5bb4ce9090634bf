import { describe, expect, it } from 'vitest';
import type { HostStatus } from './host-status.ts';
import { parseHostStatus } from './host-status.ts';

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

describe('parseHostStatus', () => {
  it('reads what was written, with and without the optional fields', () => {
    const full: HostStatus = {
      ...healthy,
      leftOut: [{ sources: [source], message: 'no such file' }],
      leftOutCount: 1,
      blindSince: AT,
      frozen: { since: AT, by: 'ann', reason: 'new disk' },
      drift: [{ kind: 'server-drain', what: 'shop/worker-a', since: AT }],
    };
    for (const status of [healthy, full])
      expect(parseHostStatus(JSON.stringify(status))).toEqual({ kind: 'status', status });
  });

  it('passes over fields it does not know', () => {
    expect(parseHostStatus(JSON.stringify({ ...healthy, later: true }))).toMatchObject({ kind: 'status' });
  });

  it.each([
    ['nothing', '', 'is not JSON'],
    ['no object', '7', 'is no object'],
    ['a later version', JSON.stringify({ version: 2 }), 'is of version 2; this program knows 1'],
    ['no version', '{}', '.version is none of 1'],
    ['a number for a text', JSON.stringify({ ...healthy, host: 1 }), '.host is no text'],
    [
      'an unknown outcome',
      JSON.stringify({ ...healthy, outcome: { kind: 'x' } }),
      '.outcome.kind is none of',
    ],
    ['a broken list', JSON.stringify({ ...healthy, drift: [{}] }), '.drift[0].kind is none of'],
  ])('refuses %s and says where', (_what, text, reason) => {
    const parsed = parseHostStatus(text);
    expect(parsed.kind).toBe('unreadable');
    expect(parsed.kind === 'unreadable' ? parsed.reason : '').toContain(reason);
  });
});
