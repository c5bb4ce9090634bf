import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Cluster } from '../../support/kube/cluster.ts';
import { createManifestFolder } from '../../support/kube/cluster.ts';
import { answersOnEveryHost } from '../../support/fleet/everywhere.ts';
import type { Fleet, FleetSpec } from '../../support/fleet/fleet.ts';
import { startFleet } from '../../support/fleet/fleet.ts';
import type { LoadBalancerHost } from '../../support/fleet/host.ts';
import type { LoadReport } from '../../support/measuring/load-protocol.ts';
import { startLoad } from '../../support/measuring/load.ts';
import type { Manifest } from '../../support/kube/manifests.ts';
import { nodeManifest, serviceManifest } from '../../support/kube/manifests.ts';
import type { RunningProcess } from '../../support/sandbox/processes.ts';
import type { ProducerSpec } from '../../support/fleet/producer.ts';
import type { WaitOptions } from '../../support/sandbox/wait.ts';
import { waitFor } from '../../support/sandbox/wait.ts';

const NODES = ['worker-a', 'worker-b'];
/** A Service that no change touches, so that only the fault can make a request to it fail. */
const UNTOUCHED = { host: 'calm.example.com', nodePort: 30001 };
/** The node ports that the changing Service uses in turn. */
const PORTS = [30002, 30003];
const REQUESTS_PER_SECOND = 150;
/** The time after a fault within which everything has to be in sync again. */
const RECOVERY_LIMIT_MS = 25_000;

/** A fleet with a producer and two Services: one that stays unchanged and one that changes. */
export interface Scene {
  readonly fleet: Fleet;
  readonly cluster: Cluster;
  producer(): RunningProcess;
  startProducer(...flags: readonly string[]): RunningProcess;
  /** Changes a Service, in turn its host name, which needs a reload, and its node port, which doesn't. */
  change(): Promise<void>;
  /** Waits until etcd holds what a fresh `producer view` prints, and each host serves that text and is ready. */
  waitUntilInSync(options?: WaitOptions): Promise<void>;
  /** Waits until each of these hosts serves the newest change. */
  serves(hosts: readonly LoadBalancerHost[], options?: WaitOptions): Promise<void>;
  /** Sends requests to the untouched Service until the returned function is called, which returns the report. */
  load(spec?: LoadSpec): Promise<() => Promise<LoadReport>>;
  /**
   * Runs a fault under load. Expects that everything is in sync again after it and after one more change, that no
   * request failed, and that neither the producer nor a consumer was restarted.
   */
  recoversFrom(fault: () => Promise<void>, options?: LoadSpec & WaitOptions): Promise<void>;
  close(): Promise<void>;
}

export interface LoadSpec {
  /** Default: all hosts. */
  readonly hosts?: readonly LoadBalancerHost[];
  readonly perSecond?: number;
}

export interface SceneSpec extends FleetSpec {
  /** Creates the source of Services and Nodes, default a folder of manifests. */
  readonly cluster?: (fleet: Fleet) => Promise<Cluster>;
  /** How the producer under test reaches that source, default the same way as `view`. */
  readonly source?: () => ProducerSpec['source'];
  readonly producerFlags?: readonly string[];
  /** False if the test starts the programs itself; default true. */
  readonly begin?: boolean;
}

/** Starts the scene and waits until everything is in sync. */
export async function startScene(spec: SceneSpec = {}): Promise<Scene> {
  const fleet = await startFleet(spec);
  await fleet.nodes.listen(UNTOUCHED.nodePort, ...PORTS);
  const cluster = (await spec.cluster?.(fleet)) ?? createManifestFolder(join(fleet.folder, 'manifests'));
  for (const node of fleet.nodes.list()) await cluster.apply(nodeManifest(node));
  let producer: RunningProcess | undefined;
  let etcdFlags: readonly string[] = [];
  let changes = 0;
  const shop = (): { readonly host: string; readonly nodePort: number } => ({
    host: `shop-${String(Math.ceil(changes / 2))}.example.com`,
    nodePort: PORTS[Math.floor(changes / 2) % 2] ?? 0,
  });

  function startProducer(...flags: readonly string[]): RunningProcess {
    const source = spec.source?.() ?? cluster.source;
    const all = [...(spec.producerFlags ?? []), ...flags];
    etcdFlags = all.filter((flag) => flag.startsWith('--etcd-'));
    producer = fleet.startProducer(source, ...all);
    return producer;
  }
  function present(): RunningProcess {
    if (producer === undefined) throw new Error('the producer was never started');
    return producer;
  }
  async function change(): Promise<void> {
    changes += 1;
    await cluster.apply(web('shop', shop()));
  }
  async function serves(hosts: readonly LoadBalancerHost[], options?: WaitOptions): Promise<void> {
    const { host, nodePort } = shop();
    const limits = { limitMs: RECOVERY_LIMIT_MS, ...options };
    const part = { ...fleet, hosts };
    await answersOnEveryHost(part, { port: 80, host }, { nodePort, nodes: NODES }, limits);
  }
  async function waitUntilInSync(options: WaitOptions = {}): Promise<void> {
    const limits = { limitMs: RECOVERY_LIMIT_MS, everyMs: 50, ...options };
    // A proxy before etcd may need some time to find etcd again, so that a view fails at first.
    const fresh = await waitFor('a fresh view', () => viewed(fleet, cluster, etcdFlags), limits);
    await waitFor('etcd holds what a fresh view prints', () => holds(fleet, fresh), limits);
    await serves(fleet.hosts, options);
    for (const host of fleet.hosts) {
      await host.waitUntilReady(limits.limitMs);
      assert.equal(host.dynamicConfig(), fresh);
    }
  }
  async function load({ hosts = fleet.hosts, perSecond = REQUESTS_PER_SECOND }: LoadSpec = {}) {
    const targets = hosts.map(({ address }) => ({ address, port: 80, ...UNTOUCHED }));
    const running = await startLoad({ targets, perSecond, limitMs: 5000 }, fleet.logs);
    return () => running.stop();
  }
  function programs(): number[] {
    return [present(), ...fleet.hosts.map((host) => host.consumer())].flatMap((each) =>
      each.running() ? [each.pid] : [],
    );
  }
  async function recoversFrom(
    fault: () => Promise<void>,
    options: LoadSpec & WaitOptions = {},
  ): Promise<void> {
    const before = programs();
    const stop = await load(options);
    await fault();
    await waitUntilInSync(options);
    await change();
    await waitUntilInSync(options);
    const { sent, failed, failures } = await stop();
    assert.ok(sent > 0);
    assert.deepEqual({ failed, failures }, { failed: 0, failures: [] });
    assert.deepEqual(programs(), before);
  }

  await cluster.apply(web('calm', UNTOUCHED));
  await change();
  const scene: Scene = {
    fleet,
    cluster,
    producer: present,
    startProducer,
    change,
    waitUntilInSync,
    serves,
    load,
    recoversFrom,
    close: () => fleet.close(),
  };
  if (spec.begin === false) return scene;
  startProducer();
  await waitUntilInSync();
  return scene;
}

function web(
  name: string,
  { host, nodePort }: { readonly host: string; readonly nodePort: number },
): Manifest {
  const options = { 'listen-port': '80', 'use-ssl': 'false', hostname: host };
  return serviceManifest({ name, nodePort, options });
}

async function viewed(
  fleet: Fleet,
  cluster: Cluster,
  flags: readonly string[],
): Promise<{ done: string } | { pending: string }> {
  const { code, stdout, stderr } = await fleet.runProducer('view', cluster.source, ...flags);
  return code === 0 ? { done: stdout } : { pending: `producer view: ${stderr}` };
}

async function holds(fleet: Fleet, text: string): Promise<{ done: true } | { pending: string }> {
  const held = await fleet.etcd.get().catch((error: unknown) => String(error));
  return held === text ? { done: true } : { pending: `${held ?? 'nothing'}\n${fleet.logTails()}` };
}
