import type { Outcome } from '@kubefigurator/config-model';
import type { ProcessId, Target } from '@kubefigurator/rollout';
import { correctServerPlaces } from '../haproxy/server-places.ts';
import type { ExecuteContext } from './pipeline.ts';
import { failedOutcome } from './stage.ts';

/**
 * Corrects servers that a worker connects to at other addresses than its config says, though it has read the config.
 * Returns why that failed; undefined if all servers are right now, or if no worker is known or HAProxy can't be
 * asked.
 */
export async function correctMisplacedServers(
  { config }: Target,
  since: Target['config'] | undefined,
  worker: ProcessId | undefined,
  { host, log }: Pick<ExecuteContext, 'host' | 'log'>,
): Promise<string | undefined> {
  if (worker === undefined) return undefined;
  const reason = await correctServerPlaces(config, since, worker, {
    runtimeSocket: host.sockets.runtime,
    log,
  });
  return (
    reason &&
    `HAProxy connects to servers at other addresses than its config says, and a correction failed: ${reason}`
  );
}

/** The outcome if HAProxy has read the installed release, but connects to some servers at other addresses. */
export function misplacedOutcome(reason: string): Outcome {
  return { ...failedOutcome('reload', reason), restored: 'unknown' };
}
