import type { Stage } from '../bench/producer-stage.ts';
import { withStage } from '../bench/producer-stage.ts';
import { createNamespaces, storedHost, storeServices } from '../bench/stored-services.ts';
import { memoryAtRest } from '../support/measuring/at-rest.ts';
import { memoryOf } from '../support/measuring/processes.ts';
import type { Report } from '../support/measuring/report.ts';
import { under, withoutBound } from '../support/measuring/report.ts';
import { say } from '../support/measuring/run-parts.ts';
import type { RunningProcess } from '../support/sandbox/processes.ts';
import type { SoakOptions } from './options.ts';

const CHANGES = 20_000;
const [SERVICES, NODES] = [1_000, 10];
/** So many Services change together, and are published together. */
const TOGETHER = 10;
/** The memory at the end against that after a tenth of the changes. */
const MOST_GROWTH = 1.1;
/** Publications between two compactions; without them etcd would keep every text. */
const COMPACT_EVERY = 100;
/** The budget of a namespace would make this take hours, and a renamed host is a removal. */
const UNLIMITED = ['--namespace-changes=0', '--most-removed=100'];

/** Changes Services again and again, and measures the producer's memory early and at the end. */
export async function soakProducer({ changes = CHANGES }: SoakOptions): Promise<Report> {
  return withStage(NODES, async (stage) => {
    await createNamespaces(stage.server);
    await storeServices(Array.from({ length: SERVICES }, (_, index) => index));
    const producer = stage.startReplica('producer', ...UNLIMITED);
    await stage.publishedAt(storedHost(SERVICES - 1, 0));
    const steps = Math.ceil(changes / TOGETHER);
    const early = Math.ceil(steps / 10);
    const memory: number[] = [];
    for (let step = 1; step <= steps; step += 1) {
      await changeSome(stage, step);
      if (step % COMPACT_EVERY === 0) await compact(stage);
      if (step % 200 === 0)
        say(`  ${String(step * TOGETHER).padStart(6)} ${memoryOf(producer).toFixed(1)} MB`);
      if (step === early || step === steps) memory.push(await atRest(producer));
    }
    await producer.stop();
    const [before = Number.NaN, after = Number.NaN] = memory;
    const mb = (value: number): string => `${value.toFixed(1)} MB`;
    return {
      heading: `producer: ${changes.toLocaleString('en')} changes of 1,000 Services × 10 nodes, real API server`,
      rows: [
        withoutBound(`producer at rest after ${(early * TOGETHER).toLocaleString('en')}, memory`, mb(before)),
        withoutBound('  … at the end', mb(after)),
        under(
          '  … against the early measurement',
          after / before,
          MOST_GROWTH,
          (value) => `${value.toFixed(2)} ×`,
        ),
      ],
      remarks: [],
    };
  });
}

/** The next ten Services, each with another host name, until they are published. */
async function changeSome({ publishedAt }: Stage, step: number): Promise<void> {
  const first = (step * TOGETHER) % SERVICES;
  const indexes = Array.from({ length: TOGETHER }, (_, index) => first + index);
  await storeServices(indexes, step);
  await publishedAt(storedHost(first + TOGETHER - 1, step));
}

async function compact({ fleet: { etcd } }: Stage): Promise<void> {
  const { stdout } = await etcd.etcdctl('get', 'none', '-w', 'json');
  const { header } = JSON.parse(stdout) as { readonly header: { readonly revision: number } };
  await etcd.etcdctl('compact', String(header.revision));
}

async function atRest(producer: RunningProcess): Promise<number> {
  const memory = await memoryAtRest(producer);
  say(`  at rest: ${memory.toFixed(1)} MB`);
  return memory;
}
