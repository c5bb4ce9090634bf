import { setTimeout as delay } from 'node:timers/promises';
import { waitForEvent } from '../support/fleet/log-events.ts';
import type { Manifest } from '../support/kube/manifests.ts';
import { serviceManifest } from '../support/kube/manifests.ts';
import { timed } from '../support/measuring/machine.ts';
import { ms } from '../support/measuring/report.ts';
import { say } from '../support/measuring/run-parts.ts';
import type { Running } from './stage.ts';
import { APART_MS } from './stage.ts';

/** This node port and the next one belong to no other Service. */
const FREE_PORT = 32_000;

/** Measures changes of other Services while one of two Services on a shared bind lacks its certificate. */
export async function changeBesideFault(
  { fleet, cluster, workload }: Running,
  changes: number,
): Promise<number[]> {
  const secure = (name: string, nodePort: number): Manifest =>
    serviceManifest({ name, nodePort, options: { hostname: `${name}.example.com` } });
  const uncertified = secure('uncertified', FREE_PORT + 1);
  await fleet.addCertificate(['certified.example.com']);
  await cluster.apply(secure('certified', FREE_PORT));
  await cluster.apply(uncertified);
  for (const host of fleet.hosts) {
    await waitForEvent(host.consumer(), ({ leftOut }) => Array.isArray(leftOut) && leftOut.length > 0);
  }
  const times: number[] = [];
  for (let index = 0; index < changes; index += 1) {
    await delay(APART_MS);
    const change = workload.rename();
    times.push(
      await timed(async () => {
        await change.make();
        await change.isServed();
      }),
    );
    say(`  ${String(index + 1).padStart(3)} beside a fault ${ms(times.at(-1) ?? 0)}`);
  }
  await cluster.delete(uncertified);
  await delay(APART_MS);
  return times;
}
