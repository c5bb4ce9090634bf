import { setTimeout as delay } from 'node:timers/promises';
import type { LogEvent } from '../support/fleet/log-events.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import type { Manifest } from '../support/kube/manifests.ts';
import { serviceManifest } from '../support/kube/manifests.ts';
import { timed } from '../support/measuring/machine.ts';
import { ms } from '../support/measuring/report.ts';
import { say } from '../support/measuring/run-parts.ts';
import type { Running } from './stage.ts';
import { APART_MS } from './stage.ts';

/** This node port and the next one belong to no other Service. */
const FREE_PORT = 32_000;

/** How long changes of other Services took, in milliseconds: without the fault, and beside it. */
export interface BesideFault {
  readonly without: readonly number[];
  readonly beside: readonly number[];
}

/**
 * Measures changes of other Services while hosts leave out a Service that lacks its certificate, and while that Service
 * doesn't exist. In both cases HAProxy runs the same text, in which another Service keeps the TLS bind: such a bind by
 * itself makes HAProxy's check and reload slower.
 */
export async function changeBesideFault(running: Running, changes: number): Promise<BesideFault> {
  const { fleet, cluster } = running;
  const secure = (name: string, nodePort: number): Manifest =>
    serviceManifest({ name, nodePort, options: { hostname: `${name}.example.com` } });
  const uncertified = secure('uncertified', FREE_PORT + 1);
  await fleet.addCertificate(['certified.example.com']);
  await cluster.apply(secure('certified', FREE_PORT));
  const [without, beside]: [number[], number[]] = [[], []];
  // In turns, since other work on the machine comes and goes.
  for (let index = 0; index < changes; index += 1) {
    without.push(await measure(running, `${String(index + 1).padStart(3)} without a fault`));
    const before = fleet.hosts.map((host) => logEvents(host.consumer()).length);
    await cluster.apply(uncertified);
    for (const [place, host] of fleet.hosts.entries()) {
      const isLeftOut = ({ leftOut }: LogEvent): boolean => Array.isArray(leftOut) && leftOut.length > 0;
      await waitForEvent(host.consumer(), isLeftOut, { after: before[place] ?? 0 });
    }
    beside.push(await measure(running, `${String(index + 1).padStart(3)} beside a fault`));
    await cluster.delete(uncertified);
  }
  await delay(APART_MS);
  return { without, beside };
}

/** One change of a Service, after a pause. */
async function measure({ workload }: Running, what: string): Promise<number> {
  await delay(APART_MS);
  const change = workload.rename();
  const took = await timed(async () => {
    await change.make();
    await change.isServed();
  });
  say(`  ${what} ${ms(took)}`);
  return took;
}
