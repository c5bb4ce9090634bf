import type { HostStatus, Outcome } from '@kubefigurator/config-model';
import { describe, expect, it } from 'vitest';
import { createConsumerMetrics } from './metrics.ts';

const create = (): ReturnType<typeof createConsumerMetrics> =>
  createConsumerMetrics({ silenceSeconds: () => 0, blindSeconds: () => 0 });
const unchanged: Outcome = { kind: 'unchanged', leftOut: [] };
const partly: Outcome = { kind: 'unchanged', leftOut: [{ sources: [], message: 'no such file' }] };

/** The samples of one metric, without its help. */
async function samples(metrics: ReturnType<typeof createConsumerMetrics>, name: string): Promise<string[]> {
  const text = await metrics.registry.text();
  return text.split('\n').filter((line) => line.startsWith(`kubefigurator_consumer_${name}`));
}

describe('the metrics of certificates', () => {
  const shop = { namespace: 'default', service: 'shop', port: 'web' };
  const expiry = (
    file: string,
    at: number,
  ): { file: string; sources: (typeof shop)[]; notAfter: string } => ({
    ...{ file, sources: [shop, { ...shop, port: 'api' }], notAfter: new Date(at * 1000).toISOString() },
  });

  it('show until when each is valid, for which Services, and drop what is not served any more', async () => {
    const metrics = create();
    metrics.certificates([
      expiry('/ssl/a.pem', 100),
      { ...expiry('/ssl/b.pem', 200), trouble: 'it is gone' },
    ]);
    expect(await samples(metrics, 'certificate_')).toEqual([
      'kubefigurator_consumer_certificate_expiry_timestamp_seconds{file="/ssl/a.pem",services="default/shop"} 100',
      'kubefigurator_consumer_certificate_expiry_timestamp_seconds{file="/ssl/b.pem",services="default/shop"} 200',
      'kubefigurator_consumer_certificate_troubles 1',
      'kubefigurator_consumer_certificate_unnamed_hosts 0',
    ]);
    metrics.certificates([{ file: '/ssl/c.pem', sources: [], unnamedHosts: ['a.example', 'b.example'] }]);
    expect(await samples(metrics, 'certificate_')).toEqual([
      'kubefigurator_consumer_certificate_troubles 0',
      'kubefigurator_consumer_certificate_unnamed_hosts 2',
    ]);
  });

  it('are only the next expiry and the number of troubles if they may not name certificates', async () => {
    const silence = { silenceSeconds: () => 0, blindSeconds: () => 0 };
    const metrics = createConsumerMetrics(silence, { namesCertificates: false });
    metrics.certificates([
      expiry('/ssl/b.pem', 200),
      { ...expiry('/ssl/a.pem', 100), trouble: 'it is gone' },
    ]);
    expect(await samples(metrics, 'certificate_')).toEqual([
      'kubefigurator_consumer_certificate_expiry_timestamp_seconds 100',
      'kubefigurator_consumer_certificate_troubles 1',
      'kubefigurator_consumer_certificate_unnamed_hosts 0',
    ]);
    metrics.certificates([]);
    expect(await samples(metrics, 'certificate_troubles')).toEqual([
      'kubefigurator_consumer_certificate_troubles 0',
    ]);
  });

  it('are at most 500, those that expire first', async () => {
    const metrics = create();
    metrics.certificates(
      Array.from({ length: 900 }, (_, index) => expiry(`/ssl/${index}.pem`, 1_000 - index)),
    );
    const shown = await samples(metrics, 'certificate_expiry');
    expect(shown).toHaveLength(500);
    expect(shown[0]).toContain('/ssl/899.pem');
  });
});

describe('the metrics of a pass', () => {
  it('show a pass that threw as failed and not in sync, and leave the applied revision as it was', async () => {
    const metrics = create();
    metrics.applied(partly, '7', 0.1);
    metrics.applied(
      { kind: 'failed', stage: 'pass', blame: [{ sources: [], message: 'EIO' }], restored: 'unknown' },
      '8',
      0.1,
    );
    expect(await samples(metrics, 'in_sync')).toEqual(['kubefigurator_consumer_in_sync 0']);
    expect(await samples(metrics, 'left_out')).toEqual(['kubefigurator_consumer_left_out 0']);
    expect(await samples(metrics, 'revision_applied')).toEqual(['kubefigurator_consumer_revision_applied 7']);
    expect(await samples(metrics, 'applies_total')).toContain(
      'kubefigurator_consumer_applies_total{outcome="failed"} 1',
    );
  });

  it('show the host in sync again once the text runs', async () => {
    const metrics = create();
    metrics.applied({ kind: 'failed', stage: 'pass', blame: [], restored: true }, '7', 0.1);
    metrics.applied(unchanged, '7', 0.1);
    expect(await samples(metrics, 'in_sync')).toEqual(['kubefigurator_consumer_in_sync 1']);
  });
});

it('shows whether another agent has the same host name', async () => {
  const metrics = create();
  const self = { id: 'a', machine: 'lb-1', addresses: [], pid: 7, startedAt: '2026' };
  const status: HostStatus = {
    ...{ version: 1, host: 'lb-1', startedAt: '2026', versions: { consumer: '1' } },
    ...{ leftOut: [], leftOutCount: 0, oldWorkers: 0, drift: [] },
  };
  const shown = (): Promise<string[]> => samples(metrics, 'host_name_shared');
  expect(await shown()).toEqual(['kubefigurator_consumer_host_name_shared 0']);
  metrics.status({ ...status, hostNameShared: { since: '2026', self, others: [self] } });
  expect(await shown()).toEqual(['kubefigurator_consumer_host_name_shared 1']);
  metrics.status(status);
  expect(await shown()).toEqual(['kubefigurator_consumer_host_name_shared 0']);
});
