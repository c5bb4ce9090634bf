import type { ParsedText, RuntimeChange } from '@kubefigurator/haproxy-config';
import { parseConfigText, planApply } from '@kubefigurator/haproxy-config';
import { haveArrived } from '../haproxy/runtime-api.ts';
import type { HostObservation } from './observe.ts';
import type { ExecuteContext } from './pipeline.ts';
import { record, recordDoubt } from './record.ts';

/**
 * What the first pass does after an agent that was killed between changes of servers and their record: the file is not
 * what the ledger says then, and HAProxy is asked how far the changes came.
 */
export async function recover(
  observation: HostObservation,
  context: ExecuteContext,
): Promise<HostObservation> {
  const { haproxy, good, running } = observation;
  const worker = haproxy.kind === 'up' ? haproxy.worker : undefined;
  const file = unlikeLedger(observation);
  if (worker === undefined || running === undefined || good === undefined || file === undefined)
    return observation;
  const [begun, undone] = [changesBetween(running, file), changesBetween(file, running)];
  const { host, pending } = context;
  const { runtime } = host.sockets;
  if (begun === undefined || undone === undefined || (await haveArrived(runtime, undone, worker)))
    return observation;
  if (!(await haveArrived(runtime, begun, worker))) {
    await recordDoubt(good, begun, context);
    return { ...observation, good: await host.state.read(), running: undefined, held: undefined };
  }
  const { revision, method } = good.ledger;
  // The revision of the file isn't known here; the pass goes on and records it.
  const release = { revision, text: file.text, files: good.release.files };
  await record({ release, published: undefined }, { worker, method }, context);
  pending.add(
    begun.filter((change) => change.action === 'remove'),
    worker,
  );
  // The servers in maintenance were listed before it was known that we had put them there.
  return { ...observation, good: await host.state.read(), running: file, held: undefined };
}

/** The file, if the ledger says that the worker runs something else. */
function unlikeLedger({ good, onDisk, running }: HostObservation): ParsedText | undefined {
  if (running === undefined || running.text !== good?.release.text) return undefined;
  if (onDisk === undefined || onDisk === running.text) return undefined;
  // No agent changed anything but servers without a new worker: the files are the same.
  return { text: onDisk, config: parseConfigText(onDisk, running.config), files: running.files };
}

/** Undefined if more than servers differ: no agent changed that without a new worker. */
function changesBetween(from: ParsedText, to: ParsedText): readonly RuntimeChange[] | undefined {
  const plan = planApply(from, to, { runtime: true });
  return plan.kind === 'runtime' ? plan.changes : undefined;
}
