import type { Outcome, OutcomeKind } from '@kubefigurator/config-model';
import type { Metrics } from '@kubefigurator/daemon';
import { createMetrics } from '@kubefigurator/daemon';
import { isInSync, isServing, leftOutOf } from './report.ts';

/** What the agent tells Prometheus; the names are a promise. */
export interface ConsumerMetrics {
  readonly registry: Metrics;
  readonly seen: (revision: string | undefined) => void;
  readonly applied: (outcome: Outcome, revision: string | undefined, seconds: number) => void;
}

/** Revisions beyond 2^53 are no numbers any more; nobody's etcd gets there. */
function asNumber(revision: string | undefined): number {
  return Number(revision ?? 0);
}

/** Declares the metrics; `silentFor` gives the seconds since etcd was last heard. */
export function createConsumerMetrics(silentFor: () => number): ConsumerMetrics {
  const registry = createMetrics('kubefigurator_consumer');
  const inSync = registry.gauge({
    name: 'in_sync',
    help: '1 when HAProxy runs all of the revision etcd has, else 0',
  });
  const seen = registry.gauge({
    name: 'revision_seen',
    help: 'newest revision of the config in etcd; 0 when the key is missing',
  });
  const applied = registry.gauge({ name: 'revision_applied', help: 'revision that HAProxy runs' });
  const leftOut = registry.gauge({
    name: 'left_out',
    help: 'parts of the text this host cannot take and serves the rest without',
  });
  const applies = registry.counter<'outcome'>({
    name: 'applies_total',
    help: 'passes by outcome',
    labels: ['outcome'],
  });
  const methods = registry.counter<'method'>({
    name: 'applied_total',
    help: 'texts applied, by method: none, runtime, reload, restart or command',
    labels: ['method'],
  });
  const seconds = registry.histogram<'outcome'>({
    name: 'apply_seconds',
    help: 'time from the start of a pass to its outcome, in seconds',
    labels: ['outcome'],
  });
  registry.gauge({
    name: 'etcd_proof_of_life_age_seconds',
    help: 'seconds since etcd last answered',
    read: silentFor,
  });
  inSync.set(0);
  const count = (outcome: OutcomeKind): void => applies.add(1, { outcome });
  return {
    registry,
    seen: (revision) => seen.set(asNumber(revision)),
    applied: (outcome, revision, duration) => {
      count(outcome.kind);
      seconds.observe(duration, { outcome: outcome.kind });
      inSync.set(isInSync(outcome) ? 1 : 0);
      leftOut.set(leftOutOf(outcome).length);
      if (isServing(outcome)) applied.set(asNumber(revision));
      if (outcome.kind === 'applied') methods.add(1, { method: outcome.method });
    },
  };
}
