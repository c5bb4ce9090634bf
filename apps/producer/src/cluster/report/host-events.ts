import { delay } from '@kubefigurator/daemon';
import type { RegisteredHost } from '@kubefigurator/etcd-store';
import type { Diagnostic } from '@kubefigurator/translator';
import type { Events } from './events.ts';
import { describeLive, diagnosticsOfHosts, type LeftOutByHost, takeReports } from './host-reports.ts';

export interface HostEventsOptions {
  readonly events: Pick<Events, 'report'>;
  /** False while this producer isn't the one that publishes. A report waits until it is, and is then of that moment. */
  readonly mayReport: () => boolean;
  readonly signal: AbortSignal;
  readonly pace?: HostEventsPace;
}

/** In milliseconds. */
export interface HostEventsPace {
  /** Statuses that come within this time become one report: hosts apply a text one after the other. */
  readonly gatherMs: number;
  /** After each report `gatherMs` doubles up to this limit; it is reset once nothing was reported for a while. */
  readonly longestMs: number;
}

const PACE: HostEventsPace = { gatherMs: 5_000, longestMs: 300_000 };

/** Has an Event written on a Service when hosts leave a port of it out, and when no host does any more. */
export interface HostEvents {
  /** Takes the statuses of all hosts and reports later what changed. */
  readonly notice: (hosts: readonly RegisteredHost[]) => void;
  /** `live on 2 of 2 hosts`: the note of the Event that says that no host leaves a port out any more. */
  readonly liveOn: (diagnostic: Pick<Diagnostic, 'object' | 'port'>) => string;
}

export function createHostEvents({ events, mayReport, signal, pace = PACE }: HostEventsOptions): HostEvents {
  let latest: readonly RegisteredHost[] = [];
  let reports: LeftOutByHost = new Map();
  /** The last report as JSON, so that a status that doesn't change it causes none. */
  let lastReport = '[]';
  let waitMs = pace.gatherMs;
  let reportedAt = Number.NEGATIVE_INFINITY;
  let isWaiting = false;

  async function reportLater(): Promise<void> {
    isWaiting = true;
    // Twice the wait without a report means that the hosts have settled.
    if (performance.now() - reportedAt > 2 * waitMs) waitMs = pace.gatherMs;
    await delay(waitMs, signal);
    while (!signal.aborted && !mayReport()) await delay(pace.gatherMs, signal);
    isWaiting = false;
    const diagnostics = diagnosticsOfHosts(reports);
    const now = JSON.stringify(diagnostics);
    if (signal.aborted || now === lastReport) return;
    lastReport = now;
    reportedAt = performance.now();
    waitMs = Math.min(2 * waitMs, pace.longestMs);
    events.report(diagnostics);
  }

  return {
    notice: (hosts) => {
      latest = hosts;
      reports = takeReports(reports, hosts);
      if (!isWaiting && JSON.stringify(diagnosticsOfHosts(reports)) !== lastReport) void reportLater();
    },
    liveOn: ({ object: { namespace = '', name }, port = '' }) =>
      describeLive(latest, { namespace, service: name, port }),
  };
}
