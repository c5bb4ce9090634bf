import { setTimeout as delay } from 'node:timers/promises';
import { DEFAULT_ETCD_PATH, etcdKeyAt } from '@kubefigurator/config-model';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTcpProxy, type TcpProxy } from '../contract/tcp-proxy.ts';
import { producerFlags } from '../support/fleet/producer.ts';
import { serviceManifest } from '../support/kube/manifests.ts';
import { createRandom } from '../support/measuring/random.ts';
import type { RunningProcess } from '../support/sandbox/processes.ts';
import { startProcess } from '../support/sandbox/processes.ts';
import { bundlePath } from '../support/sandbox/programs.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import { foreignWrites, listsThatWentBack, readHistory } from './support/etcd-history.ts';
import type { KubeScene } from './support/kube-scene.ts';
import { startKubeScene } from './support/kube-scene.ts';

const SEED = Number(process.env['KUBEFIGURATOR_CHAOS_SEED'] ?? Date.now() % 100_000);
const SECONDS = Number(process.env['KUBEFIGURATOR_CHAOS_SECONDS'] ?? 30);
const CONFIG = etcdKeyAt(DEFAULT_ETCD_PATH, 'config');
const LEADER = etcdKeyAt(DEFAULT_ETCD_PATH, 'leader');

/** One producer with a connection to etcd of its own, which the test can cut. */
interface Replica {
  readonly name: string;
  readonly proxy: TcpProxy;
  process: RunningProcess;
  /** What happens to it now. */
  trouble: Promise<void> | undefined;
}

let scene: KubeScene;
let replicas: readonly Replica[] = [];
let changes = 0;

const run = (name: string, etcdUrl: string): RunningProcess =>
  startProcess({
    name,
    command: [
      ...[process.execPath, bundlePath('producer'), 'watch', '--metrics-address=off'],
      ...producerFlags({
        etcdUrl,
        certificateDir: scene.fleet.certificateDir,
        source: { kubeconfig: scene.server.producerKubeconfig },
      }),
    ],
    logs: scene.fleet.logs,
  });

beforeAll(async () => {
  scene = await startKubeScene();
  await scene.producer().stop();
  replicas = await Promise.all(
    ['replica-a', 'replica-b', 'replica-c'].map(async (name) => {
      const proxy = await startTcpProxy(scene.fleet.etcd.url);
      return { name, proxy, process: run(name, proxy.url), trouble: undefined };
    }),
  );
});
afterAll(async () => {
  for (const replica of replicas) {
    await replica.process.kill();
    await replica.proxy.close();
  }
  await scene.close();
});

/** The revision of the text. */
async function revision(): Promise<number> {
  const { stdout } = await scene.fleet.etcd.etcdctl('get', CONFIG, '-w', 'json');
  return (JSON.parse(stdout) as { kvs: readonly { mod_revision: number }[] }).kvs[0]?.mod_revision ?? 0;
}

async function change(): Promise<string> {
  changes += 1;
  const hostname = `chaos-${String(changes)}.example.com`;
  const options = { 'listen-port': '80', 'use-ssl': 'false', hostname };
  await scene.cluster.apply(serviceManifest({ name: 'chaos', nodePort: 31_000, options }));
  return hostname;
}

const random = createRandom(SEED);

/** The replica that leads, every other time: what happens to the others changes little. */
async function pickReplica(): Promise<Replica | undefined> {
  if (random.chance(0.5)) return random.pick(replicas);
  const { stdout } = await scene.fleet.etcd.etcdctl('get', '--print-value-only', LEADER);
  return replicas.find(({ process: { pid } }) => stdout.includes(`"pid":${String(pid)}`));
}

const TROUBLES: readonly ((replica: Replica, ms: number) => Promise<void>)[] = [
  async (replica, ms) => {
    await replica.process.kill();
    await delay(ms / 4);
    replica.process = run(replica.name, replica.proxy.url);
  },
  async ({ process: each }, ms) => {
    each.pause();
    await delay(ms);
    each.resume();
  },
  async ({ proxy }, ms) => {
    proxy.block();
    await delay(ms);
    proxy.mend();
  },
];

it(
  'no producer writes while another one leads, and no list goes back',
  { timeout: (SECONDS + 120) * 1_000 },
  async () => {
    process.stdout.write(`chaos: seed ${String(SEED)}, ${String(SECONDS)} s\n`);
    // The text of the producer before these; whoever leads now has begun after it.
    const since = (await revision()) + 1;
    const end = performance.now() + SECONDS * 1_000;
    while (performance.now() < end) {
      await change();
      const replica = await pickReplica();
      if (replica !== undefined && replica.trouble === undefined && random.chance(0.4)) {
        replica.trouble = random
          .pick(TROUBLES)(replica, 500 + random.below(12_000))
          .finally(() => (replica.trouble = undefined));
      }
      await delay(300 + random.below(500));
    }
    await Promise.all(replicas.map(({ trouble }) => trouble));
    const last = await change();
    await waitFor(
      'the last change is published',
      async () => when((await scene.fleet.etcd.get())?.includes(last) === true, scene.fleet.logTails()),
      { limitMs: 40_000, everyMs: 200 },
    );
    const until = await revision();
    const history = await readHistory(scene.fleet.etcd.url, { since, until, logs: scene.fleet.logs });
    expect(foreignWrites(history)).toEqual([]);
    expect(listsThatWentBack(history)).toEqual([]);
    // A lease takes ten seconds to end, and so does a change of the leader if it wasn't stopped cleanly.
    const leaders = new Set(history.filter(({ key }) => key === LEADER).map(({ value }) => value));
    expect(leaders.size).toBeGreaterThan(1);
  },
);
