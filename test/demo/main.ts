import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../support/kube/cluster.ts';
import { createKubeCluster, createManifestFolder, readManifests } from '../support/kube/cluster.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { ApiServer } from '../support/kube/kube.ts';
import { startApiServer } from '../support/kube/kube.ts';
import { repositoryRoot } from '../support/sandbox/programs.ts';
import { formatHints } from './hints.ts';
import { createSteps, TOUR_CLUSTER, TOUR_NODE_PORTS } from './steps.ts';
import { formatHeading, formatStep, listFailures } from './table.ts';
import type { HostLimit, StepResult } from './tour.ts';
import { runStep } from './tour.ts';

interface DemoOptions {
  readonly once?: boolean;
  readonly kube?: boolean;
  readonly withoutConsumer?: string;
}

interface Stage {
  readonly fleet: Fleet;
  readonly cluster: Cluster;
  readonly server?: ApiServer;
}

const STEP_LIMIT_MS = 10_000;
/** A shorter time limit for a host whose consumer is stopped. */
const LEFT_BEHIND_LIMIT_MS = 2000;
/** Time to read, and to refill the reload budget; otherwise the tour would measure the waits for the budget. */
const BETWEEN_STEPS_MS = 2000;
const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

async function setUp(options: DemoOptions): Promise<Stage> {
  say('Starting etcd, two load-balancer hosts and two nodes …');
  const fleet = await startFleet();
  await fleet.nodes.listen(...TOUR_NODE_PORTS);
  await fleet.addCertificate(['nyc1-dashboard.example.com']);
  await fleet.addCertificate(['*.api.example.com'], 'api.example.com.pem');
  if (options.withoutConsumer !== undefined) await fleet.host(options.withoutConsumer).stopConsumer();
  if (options.kube !== true) return { fleet, cluster: createManifestFolder(join(fleet.folder, 'manifests')) };
  say('Starting kube-apiserver …');
  const server = await startApiServer(fleet);
  return { fleet, cluster: createKubeCluster(server), server };
}

async function tour(stage: Stage, limitOf: HostLimit): Promise<readonly StepResult[]> {
  const { fleet, cluster } = stage;
  const results: StepResult[] = [];
  const examples = readManifests(join(repositoryRoot, 'examples'));
  fleet.startProducer(cluster.source, `--cluster=${TOUR_CLUSTER}`);
  say(`\n${formatHeading(fleet)}`);
  for (const step of createSteps(fleet, cluster, examples)) {
    if (results.length > 0) await delay(BETWEEN_STEPS_MS);
    const result = await runStep(fleet, step, limitOf);
    results.push(result);
    say(formatStep(result, (await step.remarks?.()) ?? []));
  }
  return results;
}

function conclude(fleet: Fleet, failures: readonly string[]): void {
  if (failures.length === 0) return say('\nEach host, asked at its own address, answered every step right.');
  say(`\nNOT every host answered every step right:\n${failures.map((line) => `  ${line}`).join('\n')}`);
  say(`\nThe last lines of the logs:\n${fleet.logTails()}`);
}

function changeHint({ cluster, server }: Stage): { how: string; where: string } {
  if (server !== undefined) {
    return {
      how: 'change a Service (kubectl reaches the API server from inside only, too)',
      where: `kubectl --kubeconfig ${server.adminKubeconfig} --server ${server.url} get services -A   # behind the same nsenter`,
    };
  }
  const folder = 'from' in cluster.source ? cluster.source.from : '';
  return {
    how: 'change a Service: edit, add or remove a file here',
    where: `\${EDITOR:-vi} ${folder}/service-default-shop.yaml`,
  };
}

async function main(options: DemoOptions): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      stop.abort();
    });
  }
  const interrupted = new Promise<'interrupted'>((resolve) => {
    stop.signal.addEventListener('abort', () => {
      resolve('interrupted');
    });
  });
  const stage = await Promise.race([setUp(options), interrupted]);
  if (stage === 'interrupted') return 130;
  const limitOf: HostLimit = ({ name }) =>
    name === options.withoutConsumer ? LEFT_BEHIND_LIMIT_MS : STEP_LIMIT_MS;
  const results = await Promise.race([tour(stage, limitOf), interrupted]);
  if (results === 'interrupted') return 130;
  const failures = listFailures(results);
  conclude(stage.fleet, failures);
  if (options.once !== true) {
    say(`\n${formatHints(stage.fleet, changeHint(stage))}`);
    await interrupted;
    say('\nStopping everything.');
  }
  await stage.server?.close();
  await stage.fleet.close();
  return failures.length === 0 ? 0 : 1;
}

const options = JSON.parse(process.env['KUBEFIGURATOR_OPTIONS'] ?? '{}') as DemoOptions;
if (!existsSync('/run/netns')) throw new Error('the demo runs in its sandbox: npm run demo');
main(options).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
