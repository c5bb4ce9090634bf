import type { Outcome } from '@kubefigurator/config-model';
import { describe, expect, it } from 'vitest';
import { createConsumerMetrics } from './metrics.ts';

const create = (): ReturnType<typeof createConsumerMetrics> =>
  createConsumerMetrics({ silence: () => 0, blind: () => 0 });
const unchanged: Outcome = { kind: 'unchanged', leftOut: [] };
const partly: Outcome = { kind: 'unchanged', leftOut: [{ sources: [], message: 'no such file' }] };

/** The samples of one metric, without its help. */
async function samples(metrics: ReturnType<typeof createConsumerMetrics>, name: string): Promise<string[]> {
  const text = await metrics.registry.text();
  return text.split('\n').filter((line) => line.startsWith(`kubefigurator_consumer_${name}`));
}

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
