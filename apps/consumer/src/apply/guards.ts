import type { Logger } from '@kubefigurator/daemon';
import { createAlarm } from '@kubefigurator/daemon';
import type { ParsedText } from '@kubefigurator/haproxy-config';
import { describeLeftOutServers } from '@kubefigurator/haproxy-config';
import type { ProcessId } from '@kubefigurator/rollout';
import { createFrontendLimits } from '../haproxy/frontend-limits.ts';
import type { Host } from '../host/host.ts';

/**
 * What protects HAProxy from a single Service, apart from the text itself: limits for frontends, and a log event
 * about servers that `lower` left out.
 */
export interface Guards {
  /**
   * Called with what HAProxy runs; limits are set only if the worker is known. Does nothing if neither is new, unless the
   * limits could not be set the last time.
   */
  readonly look: (
    running: Pick<ParsedText, 'text' | 'config'>,
    worker: ProcessId | undefined,
  ) => Promise<void>;
}

/** The most servers that one line of the log names. */
const MOST_NAMED = 10;

export function createHaproxyGuards({ sockets, frontendShare }: Host, log: Logger): Guards {
  const limits = createFrontendLimits({ runtimeSocket: sockets.runtime, share: frontendShare, log });
  const ownServers = createAlarm();
  let lastText: string | undefined;

  /** Own servers are those at which HAProxy would connect to itself. */
  function reportOwnServers(text: string): void {
    if (text === lastText) return;
    lastText = text;
    const leftOut = describeLeftOutServers(text);
    const what = leftOut.slice(0, MOST_NAMED).join('; ');
    if (leftOut.length > 0) {
      log[ownServers.raise('warn', leftOut.join())]({ count: leftOut.length, what }, 'own-servers.skipped');
      return;
    }
    const level = ownServers.end();
    if (level !== undefined) log[level]('own-servers.recovered');
  }

  return {
    look: async ({ text, config }, worker) => {
      reportOwnServers(text);
      if (worker !== undefined) await limits.ensure(config, worker);
    },
  };
}
