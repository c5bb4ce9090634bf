import { setTimeout as delay } from 'node:timers/promises';
import { DEFAULT_ETCD_PATH, etcdKeyAt } from '@kubefigurator/config-model';
import { startTcpProxy, type TcpProxy } from '../contract/tcp-proxy.ts';
import { foreignWrites, listsThatWentBack, readHistory } from '../fault/support/etcd-history.ts';
import type { KubeScene } from '../fault/support/kube-scene.ts';
import { producerFlags } from '../support/fleet/producer.ts';
import { serviceManifest } from '../support/kube/manifests.ts';
import type { Random } from '../support/measuring/random.ts';
import { createRandom } from '../support/measuring/random.ts';
import type { RunningProcess } from '../support/sandbox/processes.ts';
import { startProcess } from '../support/sandbox/processes.ts';
import { bundlePath } from '../support/sandbox/programs.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const CONFIG = etcdKeyAt(DEFAULT_ETCD_PATH, 'config');
const LEADER = etcdKeyAt(DEFAULT_ETCD_PATH, 'leader');
const NAMES = ['replica-a', 'replica-b', 'replica-c'];
/** A producer is away for at most this time: a lease takes ten seconds to end. */
const LONGEST_TROUBLE_MS = 12_500;

export interface ChaosPlan {
  readonly seconds: number;
  readonly seed: number;
  /** Called for each trouble. */
  readonly onTrouble?: (line: string) => void;
}

export interface ChaosReport {
  readonly changes: number;
  readonly troubles: number;
  readonly leaders: number;
  /** Texts that were written while somebody else led, or nobody. */
  readonly foreignWrites: readonly string[];
  /** Publications that were made from older lists than the one before. */
  readonly listsThatWentBack: readonly string[];
}

/** One producer with a connection to etcd of its own, which can be cut. */
interface Replica {
  readonly name: string;
  readonly proxy: TcpProxy;
  process: RunningProcess;
  /** What happens to it now. */
  trouble: Promise<void> | undefined;
}

interface Trouble {
  readonly name: string;
  readonly make: (replica: Replica, ms: number) => Promise<void>;
}

/**
 * Kills, stops (SIGSTOP) and cuts off three producers at random while a Service changes, and reads from etcd's own history
 * what they wrote. A seed gives the same draws again, but who leads then, and when, depends on the machine.
 */
export async function disturbLeaders(scene: KubeScene, plan: ChaosPlan): Promise<ChaosReport> {
  const { etcd } = scene.fleet;
  await scene.producer().stop();
  // The text of the producer before the three.
  const since = (await revisionOf(scene)) + 1;
  const replicas = await Promise.all(NAMES.map((name) => startReplica(scene, name)));
  try {
    const counts = await disturb(scene, replicas, plan);
    const until = await revisionOf(scene);
    const history = await readHistory(etcd.url, { since, until, logs: scene.fleet.logs });
    const leaders = new Set(history.filter(({ key }) => key === LEADER).map(({ value }) => value));
    return {
      ...counts,
      leaders: leaders.size,
      foreignWrites: foreignWrites(history),
      listsThatWentBack: listsThatWentBack(history),
    };
  } finally {
    for (const replica of replicas) {
      await replica.process.kill();
      await replica.proxy.close();
    }
  }
}

async function startReplica(scene: KubeScene, name: string): Promise<Replica> {
  const proxy = await startTcpProxy(scene.fleet.etcd.url);
  return { name, proxy, process: launch(scene, name, proxy.url), trouble: undefined };
}

function launch({ fleet, server }: KubeScene, name: string, etcdUrl: string): RunningProcess {
  const { certificateDir, logs } = fleet;
  const source = { kubeconfig: server.producerKubeconfig };
  const flags = producerFlags({ etcdUrl, certificateDir, source });
  const program = [process.execPath, bundlePath('producer'), 'watch', '--metrics-address=off'];
  return startProcess({ name, command: [...program, ...flags], logs });
}

function troublesOf(scene: KubeScene): readonly Trouble[] {
  return [
    {
      name: 'killed',
      make: async (replica, ms) => {
        await replica.process.kill();
        await delay(ms / 4);
        replica.process = launch(scene, replica.name, replica.proxy.url);
      },
    },
    {
      name: 'stopped',
      make: async ({ process: each }, ms) => {
        each.pause();
        await delay(ms);
        each.resume();
      },
    },
    {
      name: 'cut off',
      make: async ({ proxy }, ms) => {
        proxy.block();
        await delay(ms);
        proxy.mend();
      },
    },
  ];
}

async function disturb(
  scene: KubeScene,
  replicas: readonly Replica[],
  { seconds, seed, onTrouble }: ChaosPlan,
): Promise<Pick<ChaosReport, 'changes' | 'troubles'>> {
  const random = createRandom(seed);
  const kinds = troublesOf(scene);
  const end = performance.now() + seconds * 1_000;
  let [changes, troubles] = [0, 0];
  try {
    while (performance.now() < end) {
      await change(scene, (changes += 1));
      const replica = await pickReplica(scene, replicas, random);
      // Drawn in each round, also if nobody is struck, so that the draws depend on the seed only.
      const [isStruck, kind] = [random.chance(0.4), random.pick(kinds)];
      const [ms, rest] = [500 + random.below(LONGEST_TROUBLE_MS - 500), 300 + random.below(500)];
      if (isStruck && replica !== undefined && replica.trouble === undefined) {
        troubles += 1;
        onTrouble?.(`${String(troubles).padStart(4)} ${replica.name} ${kind.name}, ${String(ms)} ms`);
        replica.trouble = kind.make(replica, ms).then(() => void (replica.trouble = undefined));
        // Told of below.
        replica.trouble.catch(() => undefined);
      }
      await delay(rest);
    }
  } finally {
    // A replica that is started again must not outlive the run.
    await Promise.allSettled(replicas.map(({ trouble }) => trouble));
  }
  await Promise.all(replicas.map(({ trouble }) => trouble));
  const last = await change(scene, (changes += 1));
  await waitFor(
    'the last change is published',
    async () => when((await scene.fleet.etcd.get())?.includes(last) === true, scene.fleet.logTails()),
    { limitMs: 40_000, everyMs: 200 },
  );
  return { changes, troubles };
}

async function change({ cluster }: KubeScene, nth: number): Promise<string> {
  const hostname = `chaos-${String(nth)}.example.com`;
  const options = { 'listen-port': '80', 'use-ssl': 'false', hostname };
  await cluster.apply(serviceManifest({ name: 'chaos', nodePort: 31_000, options }));
  return hostname;
}

/** The replica that leads, every other time: what happens to the others changes little. */
async function pickReplica(
  { fleet }: KubeScene,
  replicas: readonly Replica[],
  random: Random,
): Promise<Replica | undefined> {
  const [isAny, any] = [random.chance(0.5), random.pick(replicas)];
  if (isAny) return any;
  const { stdout } = await fleet.etcd.etcdctl('get', '--print-value-only', LEADER);
  return replicas.find(({ process: { pid } }) => stdout.includes(`"pid":${String(pid)}`));
}

/** The revision of the text. */
async function revisionOf({ fleet }: KubeScene): Promise<number> {
  const { stdout } = await fleet.etcd.etcdctl('get', CONFIG, '-w', 'json');
  return (JSON.parse(stdout) as { kvs: readonly { mod_revision: number }[] }).kvs[0]?.mod_revision ?? 0;
}
