import { parseConfigText } from '@kubefigurator/haproxy-config';
import type { ParsedText, RuntimeChange } from '@kubefigurator/haproxy-config';
import { planApply } from '@kubefigurator/haproxy-config';
import type { ApplyContext, Before } from './apply-context.ts';
import { haveArrived } from './haproxy/runtime-api.ts';
import { doubt, record } from './record.ts';

/**
 * What runs, where a life before this one may have been cut short after it changed servers and before it could write
 * that down: then the file is not what the ledger says, and HAProxy itself is asked how far the changes came.
 */
export async function afterCutShort(before: Before, context: ApplyContext): Promise<Before> {
  const { haproxy, good, running } = before;
  const worker = haproxy.kind === 'up' ? haproxy.worker : undefined;
  const file = unlikeLedger(before);
  if (worker === undefined || running === undefined || good === undefined || file === undefined)
    return before;
  const [begun, undone] = [serverChanges(running, file), serverChanges(file, running)];
  const { host, removals } = context;
  const { runtime } = host.sockets;
  if (begun === undefined || undone === undefined || (await haveArrived(runtime, undone, worker)))
    return before;
  if (!(await haveArrived(runtime, begun, worker))) {
    await doubt(before, begun, context);
    return { ...before, good: await host.state.read(), running: undefined };
  }
  const { revision, method } = good.ledger;
  await record({ revision, text: file.text }, { context, worker, method });
  const removed = begun.filter((change) => change.action === 'remove');
  removals.add(removed, worker);
  return { ...before, good: await host.state.read(), running: file };
}

/** The file, where the ledger says that the worker runs something else. */
function unlikeLedger({ good, onDisk, running }: Before): ParsedText | undefined {
  if (running === undefined || running.text !== good?.release.text) return undefined;
  if (onDisk === undefined || onDisk.text === running.text) return undefined;
  return { text: onDisk.text, config: parseConfigText(onDisk.text, running.config) };
}

/** Undefined where more than servers differ, which no life changed without a new worker. */
function serverChanges(from: ParsedText, to: ParsedText): readonly RuntimeChange[] | undefined {
  const plan = planApply(from, to, { runtime: true });
  return plan.kind === 'runtime' ? plan.changes : undefined;
}
