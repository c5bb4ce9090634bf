import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConfigStore } from '@kubefigurator/etcd-store';
import { createManifestFolder } from '../support/kube/cluster.ts';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { LoadReport, LoadTarget } from '../support/measuring/load-protocol.ts';
import { startLoad } from '../support/measuring/load.ts';
import { logEvents } from '../support/fleet/log-events.ts';
import { openTcp, openUpgraded } from '../support/fleet/long-connection.ts';
import { nodeManifest } from '../support/kube/manifests.ts';
import { storeOn } from '../support/measuring/large-text.ts';
import { memoryOf } from '../support/measuring/processes.ts';
import type { Report } from '../support/measuring/report.ts';
import { noneOf, withoutBound } from '../support/measuring/report.ts';
import { say } from '../support/measuring/run-parts.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import type { LongLived } from './long-lived.ts';
import { createLongLived } from './long-lived.ts';
import { UNTOUCHED, initialManifests, mixedChanges, mixedNodePorts } from './mixed-changes.ts';
import type { SoakOptions } from './options.ts';

const CHANGES = 1000;
const REQUESTS_PER_SECOND = 400;
const NODES = ['worker-1', 'worker-2', 'worker-3', 'worker-4'];
/** Shorter than the reload budget allows, so that newer revisions have to replace older ones that wait. */
const APART_MS = 300;
const LIMIT_MS = 60_000;
/** Keeps old workers until the end of the run; on a real host the operator chooses this time. */
const KEEP_OLD_WORKERS = 'global\n  hard-stop-after 4h\n';
/** Number of changes after which more long connections are opened. */
const CHANGES_BETWEEN_OPENINGS = 200;

/** Makes changes of every kind under load; then each host must be in sync, and nothing may have failed. */
export async function soakMixed({
  changes = CHANGES,
  perSecond = REQUESTS_PER_SECOND,
}: SoakOptions): Promise<Report> {
  say('starting etcd, two hosts, a producer …');
  const fleet = await startFleet({ nodes: NODES, baseConfig: KEEP_OLD_WORKERS });
  const store = storeOn(fleet.etcd.url);
  const longLived = createLongLived();
  try {
    const cluster = createManifestFolder(join(fleet.folder, 'manifests'));
    await fleet.nodes.listen(...mixedNodePorts());
    const kinds = mixedChanges(fleet, cluster, await fleet.nodes.add('worker-spare'));
    for (const node of fleet.nodes.list().slice(0, NODES.length)) await cluster.apply(nodeManifest(node));
    await fleet.addCertificate([UNTOUCHED.https.host]);
    for (const manifest of initialManifests()) await cluster.apply(manifest);
    const producer = fleet.startProducer(cluster.source);
    await untouchedAreServed(fleet);
    say(
      `${String(changes)} changes, ${String(APART_MS)} ms apart, under ${String(perSecond)} requests a second`,
    );
    const load = await startLoad({ targets: targetsOf(fleet), perSecond, limitMs: 5000 }, fleet.logs);
    for (let made = 0; made < changes; made += 1) {
      if (made % CHANGES_BETWEEN_OPENINGS === 0) await openMore(fleet, longLived, made);
      const { what, make } = kinds.next().value;
      await oneRevision(store, make);
      if ((made + 1) % 50 === 0) say(`  ${String(made + 1).padStart(5)} ${what}`);
    }
    await waitUntilInSync(fleet, store);
    const requests = await load.stop();
    await longLived.end();
    const programs = { consumer: fleet.host('lb-1').consumer(), producer };
    return {
      heading: `mixed: ${String(changes)} revisions of every kind, two hosts`,
      rows: [
        noneOf(`requests, ${String(perSecond)} a second`, requests.failed, requests.sent),
        noneOf('long connections, plain and upgraded', longLived.broken.length, longLived.opened),
        withoutBound('consumer, memory', `${memoryOf(programs.consumer).toFixed(0)} MB`),
        withoutBound('producer, memory', `${memoryOf(programs.producer).toFixed(0)} MB`),
      ],
      remarks: [howApplied(fleet), slowness(requests), ...requests.failures, ...longLived.broken],
    };
  } catch (error) {
    say(fleet.logTails(12));
    throw error;
  } finally {
    await longLived.end();
    await store.close();
    await fleet.close();
  }
}

async function untouchedAreServed(fleet: Fleet): Promise<void> {
  const nodes = NODES;
  for (const { host, nodePort } of UNTOUCHED.http)
    await answersOnEveryHost(fleet, { port: 80, host }, { nodePort, nodes });
  const { host, nodePort } = UNTOUCHED.https;
  await answersOnEveryHost(fleet, { port: 443, host, ca: fleet.authority.ca }, { nodePort, nodes });
}

function targetsOf(fleet: Fleet): LoadTarget[] {
  const { ca } = fleet.authority;
  return fleet.hosts.flatMap(({ address }) => [
    ...UNTOUCHED.http.map((calm) => ({ ...calm, address, port: 80 })),
    { ...UNTOUCHED.https, address, port: 443, ca },
  ]);
}

/** Opens one upgraded and one plain connection to each host, which stay open until the end. */
async function openMore(fleet: Fleet, longLived: LongLived, made: number): Promise<void> {
  const host = UNTOUCHED.http[0]?.host ?? '';
  for (const { name, address } of fleet.hosts) {
    const since = `${name}, opened before change ${String(made + 1)}`;
    longLived.keep(`upgraded, ${since}`, await openUpgraded({ address, port: 80, host }));
    longLived.keep(`tcp, ${since}`, await openTcp(address, UNTOUCHED.tcp.port));
  }
}

/** Makes a change, waits until it is in etcd, and then for the rest of `APART_MS`. */
async function oneRevision(store: ConfigStore, make: () => Promise<void>): Promise<void> {
  const before = await revisionOf(store);
  const next = performance.now() + APART_MS;
  await make();
  await waitFor('the producer publishes', async () => {
    const now = await revisionOf(store);
    return when(now !== before, now);
  });
  await delay(Math.max(0, next - performance.now()));
}

async function revisionOf(store: ConfigStore): Promise<string> {
  const reading = await store.read();
  return reading.kind === 'published' ? reading.published.revision : reading.kind;
}

async function waitUntilInSync(fleet: Fleet, store: ConfigStore): Promise<void> {
  const reading = await store.read();
  const text = reading.kind === 'published' ? reading.published.text : '';
  for (const host of fleet.hosts) {
    await waitFor(
      `${host.name} has the last revision`,
      () => when(host.dynamicConfig() === text, fleet.logTails()),
      { limitMs: LIMIT_MS },
    );
    await host.waitUntilReady(LIMIT_MS);
  }
  await untouchedAreServed(fleet);
}

/** Describes how often each host reloaded or changed servers at run time. */
function howApplied(fleet: Fleet): string {
  const counts = fleet.hosts.map((host) => {
    const events = logEvents(host.consumer());
    const by = (method: string): number => events.filter((event) => event['method'] === method).length;
    const ahead = events.filter(({ serversChanged }) => serversChanged === true).length;
    return `${host.name}: ${String(by('reload'))} reloads; servers changed ${String(by('runtime') + ahead)} times without one, ${String(ahead)} of them while a reload waited`;
  });
  return counts.join('\n');
}

function slowness({ keepAlive, closing, p99Ms, slowestMs }: LoadReport): string {
  return `${String(keepAlive)} keep-alive and ${String(closing)} closing requests, p99 ${p99Ms.toFixed(0)} ms, slowest ${slowestMs.toFixed(0)} ms`;
}
