import { delay } from '@kubefigurator/daemon';
import type { RegisteredHost } from '@kubefigurator/etcd-store';
import type { Diagnostic } from '@kubefigurator/translator';
import type { Events } from './events.ts';
import { describeLive, diagnosticsOfHosts, type LeftOutByHost, takeReports } from './host-reports.ts';

export interface HostEventsOptions {
  readonly events: Pick<Events, 'report'>;
  /** False while this producer isn't the one that publishes; then nothing is said, and later what is true then. */
  readonly mayReport: () => boolean;
  readonly signal: AbortSignal;
  readonly pace?: HostEventsPace;
}

/** In milliseconds. */
export interface HostEventsPace {
  /** Reports of hosts that come within this time are one: hosts apply a text one after the other. */
  readonly gatherMs: number;
  /** While reports go on coming, the time doubles up to this one. */
  readonly longestMs: number;
}

const PACE: HostEventsPace = { gatherMs: 5_000, longestMs: 300_000 };

/** Has an Event written on a Service when hosts leave it out, and when they don't any more. */
export interface HostEvents {
  readonly notice: (hosts: readonly RegisteredHost[]) => void;
  /** `live on 2 of 2 hosts`: for the Event that says that a port is left out no more. */
  readonly liveOn: (diagnostic: Pick<Diagnostic, 'object' | 'port'>) => string;
}

export function createHostEvents({ events, mayReport, signal, pace = PACE }: HostEventsOptions): HostEvents {
  let latest: readonly RegisteredHost[] = [];
  let reports: LeftOutByHost = new Map();
  /** What was reported last, so that a status that changes nothing of it costs no more. */
  let told = '[]';
  let waitMs = pace.gatherMs;
  let toldAt = Number.NEGATIVE_INFINITY;
  let isWaiting = false;

  async function reportLater(): Promise<void> {
    isWaiting = true;
    if (performance.now() - toldAt > 2 * waitMs) waitMs = pace.gatherMs;
    await delay(waitMs, signal);
    while (!signal.aborted && !mayReport()) await delay(pace.gatherMs, signal);
    isWaiting = false;
    const diagnostics = diagnosticsOfHosts(reports);
    const now = JSON.stringify(diagnostics);
    if (signal.aborted || now === told) return;
    told = now;
    toldAt = performance.now();
    waitMs = Math.min(2 * waitMs, pace.longestMs);
    events.report(diagnostics);
  }

  return {
    notice: (hosts) => {
      latest = hosts;
      reports = takeReports(reports, hosts);
      if (!isWaiting && JSON.stringify(diagnosticsOfHosts(reports)) !== told) void reportLater();
    },
    liveOn: ({ object: { namespace = '', name }, port = '' }) =>
      describeLive(latest, { namespace, service: name, port }),
  };
}
