import type { DriftFinding, DriftKind, HostStatus } from '@kubefigurator/config-model';
import { DRIFT_KINDS, parseHostStatus, troublesOfStatus } from '@kubefigurator/config-model';
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { createConsumerMetrics } from '../metrics.ts';
import { hashText } from '../host/release-hash.ts';
import { composeStatus, systemdSentenceOf } from './compose.ts';
import { formatHostStatus } from './format.ts';
import { judgeHost } from './judge.ts';

/** Random findings on a machine that may be busy with other tests. */
vi.setConfig({ testTimeout: 60_000 });

const AT = '2026-01-02T03:04:05.000Z';
const SEED = 20_261;
/** The most findings that a status lists. */
const LIMIT = 50;

/** A status of a host that is in sync but for these findings. */
function statusWith(drift: readonly DriftFinding[]): HostStatus {
  return composeStatus({
    host: 'lb-1',
    startedAt: AT,
    reading: { kind: 'published', published: { revision: '7', text: 'x', bytes: 1 } },
    news: { revision: '7', outcome: { kind: 'unchanged', leftOut: [] }, durationMs: 1, at: AT },
    ledger: { revision: '7', hash: hashText('x'), worker: undefined, appliedAt: AT, method: 'reload' },
    freeze: undefined,
    haproxy: undefined,
    pending: undefined,
    blindSince: undefined,
    hostNameShared: undefined,
    drift,
    certificates: [],
    copyFailure: undefined,
  });
}

const HEALTHY = {
  agent: 'pid 1 (watch)',
  haproxy: {
    kind: 'up',
    processes: undefined,
    worker: undefined,
    configFiles: undefined,
    loadsOurFile: true,
  },
  freeze: undefined,
  file: { path: '/etc/haproxy/dynamic.cfg', text: 'x' },
} as const;

const isPresent = ({ endedAt }: DriftFinding): boolean => endedAt === undefined;
const isServer = ({ kind }: DriftFinding): boolean => kind.startsWith('server-');
const isSerious = (finding: DriftFinding): boolean => isPresent(finding) && !isServer(finding);

const time = fc.integer({ min: 0, max: 999 }).map((ms) => new Date(Date.UTC(2026, 0, 2) + ms).toISOString());
const findingOf = (kinds: readonly DriftKind[]): fc.Arbitrary<DriftFinding> =>
  fc.record(
    { kind: fc.constantFrom(...kinds), what: fc.string({ maxLength: 12 }), since: time, endedAt: time },
    { requiredKeys: ['kind', 'what', 'since'] },
  );
/** Many servers held by hand, some findings of any kind, in any order: the limit is passed in most runs. */
const findings = fc
  .tuple(
    fc.array(findingOf(['server-drain', 'server-maint']), { maxLength: 120, size: 'max' }),
    fc.array(findingOf(DRIFT_KINDS), { maxLength: 70, size: 'max' }),
  )
  .chain(([servers, others]) => fc.shuffledSubarray([...servers, ...others], { minLength: servers.length }));

it('lists first what makes the host not in sync, then held servers, then ended findings, and cuts the last', () => {
  fc.assert(
    fc.property(findings, (drift) => {
      const status = statusWith(drift);
      const rank = (finding: DriftFinding): number => (isSerious(finding) ? 0 : isPresent(finding) ? 1 : 2);
      const ranks = drift.map(rank).sort((a, b) => a - b);
      expect(status.drift.map(rank)).toEqual(ranks.slice(0, LIMIT));
      expect(new Set(drift)).toEqual(new Set([...status.drift, ...drift]));
      expect(status.driftCount).toBe(drift.length);
    }),
    { seed: SEED, numRuns: 1_000 },
  );
});

it('keeps the latest of the findings that are over', () => {
  const ended = Array.from({ length: 60 }, (_, index) => ({
    kind: 'haproxy-reloaded' as const,
    what: `HAProxy ${index}`,
    since: AT,
    endedAt: new Date(Date.UTC(2026, 0, 2) + index).toISOString(),
  }));
  expect(statusWith(ended).drift[0]?.what).toBe('HAProxy 59');
});

it('says how many findings are not listed', () => {
  const drift = Array.from({ length: 60 }, (_, index) => ({
    kind: 'server-drain' as const,
    what: `shop/worker-${index}`,
    since: AT,
  }));
  expect(formatHostStatus(judgeHost(statusWith(drift), HEALTHY))).toMatch(/^ {2}drift {5}10 more$/m);
  expect(formatHostStatus(judgeHost(statusWith(drift.slice(10)), HEALTHY))).not.toContain('more');
});

it('gives one answer as troubles, exit code, sentence and metric, whatever was cut', async () => {
  await fc.assert(
    fc.asyncProperty(findings, async (drift) => {
      const status = statusWith(drift);
      const serious = drift.filter(isSerious);
      const isInSync = serious.length === 0;
      expect(parseHostStatus(JSON.stringify(status))).toEqual({ kind: 'status', status });
      expect(troublesOfStatus(status).length === 0).toBe(isInSync);
      expect(systemdSentenceOf(status).startsWith('in sync')).toBe(isInSync);
      // The exit code of the command `status` is 0 if its report says `inSync`.
      expect(judgeHost(status, HEALTHY).inSync).toBe(isInSync);
      const counts = await driftMetric(status);
      for (const kind of DRIFT_KINDS)
        expect(counts.get(kind)).toBe(drift.filter((each) => isPresent(each) && each.kind === kind).length);
    }),
    { seed: SEED, numRuns: 200 },
  );
});

/** The gauge `drift` by kind, as Prometheus reads it. */
async function driftMetric(status: HostStatus): Promise<ReadonlyMap<string, number>> {
  const metrics = createConsumerMetrics({ silenceSeconds: () => 0, blindSeconds: () => 0 });
  metrics.status(status);
  const samples = (await metrics.registry.text()).matchAll(
    /^kubefigurator_consumer_drift\{kind="(.+)"\} (\d+)$/gm,
  );
  return new Map([...samples].map(([, kind = '', count]) => [kind, Number(count)]));
}
