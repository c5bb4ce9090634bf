import type { Logger } from '@kubefigurator/daemon';
import { createAlarm } from '@kubefigurator/daemon';
import type { ParsedText } from '@kubefigurator/haproxy-config';
import { describeLeftOutServers } from '@kubefigurator/haproxy-config';
import type { ProcessId } from '@kubefigurator/rollout';
import { createFrontendLimits } from '../haproxy/frontend-limits.ts';
import type { Host } from '../host/host.ts';

/**
 * What protects HAProxy from a single Service, apart from the text itself: limits for frontends, and a log event about
 * servers that `lower` left out.
 */
export interface Guards {
  /** Called with what HAProxy runs; limits are set only if the worker is known. Costs nothing if nothing is new. */
  readonly look: (
    running: Pick<ParsedText, 'text' | 'config'>,
    worker: ProcessId | undefined,
  ) => Promise<void>;
}

/** So many servers are named in one line of the log. */
const MOST_NAMED = 10;

export function createHaproxyGuards({ sockets, frontendShare }: Host, log: Logger): Guards {
  const limits = createFrontendLimits({ runtimeSocket: sockets.runtime, share: frontendShare, log });
  const ownServers = createAlarm();
  let seen: string | undefined;

  /** Own servers are those at which HAProxy would connect to itself. */
  function reportOwnServers(text: string): void {
    if (text === seen) return;
    seen = text;
    const left = describeLeftOutServers(text);
    const what = left.slice(0, MOST_NAMED).join('; ');
    const end = left.length === 0 ? ownServers.end() : undefined;
    if (end !== undefined) log[end]('own-servers.recovered');
    if (left.length > 0)
      log[ownServers.raise('warn', left.join())]({ count: left.length, what }, 'own-servers.skipped');
  }

  return {
    look: async ({ text, config }, worker) => {
      reportOwnServers(text);
      if (worker !== undefined) await limits.ensure(config, worker);
    },
  };
}
