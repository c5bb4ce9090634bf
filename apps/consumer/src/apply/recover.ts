import type { ParsedText, RuntimeChange } from '@kubefigurator/haproxy-config';
import { parseConfigText, planApply } from '@kubefigurator/haproxy-config';
import { haveTakenEffect } from '../haproxy/runtime-api.ts';
import type { ProcessId } from '@kubefigurator/rollout';
import { workerOfHaproxy } from '@kubefigurator/rollout';
import type { HostObservation } from './observe.ts';
import type { ExecuteContext } from './pipeline.ts';
import { record, recordPartialChange } from './record.ts';

/**
 * Corrects the first observation if an earlier agent was killed between changes of servers and their record. Such an
 * agent left a file that isn't what the ledger names. HAProxy is asked whether none of the changes took effect (then
 * nothing has to be done), all of them (then the worker runs the file), or some (then it isn't known what the worker
 * runs). No answer counts as some.
 */
export async function recover(
  observation: HostObservation,
  context: ExecuteContext,
): Promise<HostObservation> {
  const interrupted = findInterrupted(observation);
  if (interrupted === undefined) return observation;
  const { good, worker, file, changes, undone } = interrupted;
  const { host, pending } = context;
  const { runtime } = host.sockets;
  if (await haveTakenEffect(runtime, undone, worker)) return observation;
  // The observation's list isn't used: it may count servers that we put into maintenance ourselves as held by an
  // operator.
  const held = undefined;
  if (!(await haveTakenEffect(runtime, changes, worker))) {
    await recordPartialChange(good, changes, context);
    return { ...observation, good: await host.state.read(), running: undefined, held };
  }
  const { revision, method } = good.ledger;
  // The revision of the file isn't known here; the pass goes on and records it.
  const release = { revision, text: file.text, files: good.release.files };
  await record({ release, published: undefined }, { worker, method }, context);
  pending.add(
    changes.filter((change) => change.action === 'remove'),
    worker,
  );
  return { ...observation, good: await host.state.read(), running: file, held };
}

/** Changes of servers that an agent may have been killed in. */
interface Interrupted {
  readonly good: NonNullable<HostObservation['good']>;
  readonly worker: ProcessId;
  /** The text of the live file, which the changes lead to. */
  readonly file: ParsedText;
  /** From the text that the ledger names to the file. */
  readonly changes: readonly RuntimeChange[];
  /** From the file back to that text: if all of these show in HAProxy, no change took effect. */
  readonly undone: readonly RuntimeChange[];
}

/**
 * Undefined if the worker isn't the ledger's, if the file is what the ledger names, or if more than servers differ.
 */
function findInterrupted(observation: HostObservation): Interrupted | undefined {
  const { haproxy, good, running } = observation;
  const worker = workerOfHaproxy(haproxy);
  const file = fileUnlikeLedger(observation);
  if (worker === undefined || good === undefined || running === undefined || file === undefined)
    return undefined;
  const changes = serverChanges(running, file);
  const undone = serverChanges(file, running);
  if (changes === undefined || undone === undefined) return undefined;
  return { good, worker, file, changes, undone };
}

/** The file, if it isn't what the ledger says that the worker runs. */
function fileUnlikeLedger({ good, onDisk, running }: HostObservation): ParsedText | undefined {
  if (running === undefined || running.text !== good?.release.text) return undefined;
  if (onDisk === undefined || onDisk === running.text) return undefined;
  // If the file names other files of releases, more than servers differ and `serverChanges` gives undefined; else its
  // files are those of the running text.
  return { text: onDisk, config: parseConfigText(onDisk, running.config), files: running.files };
}

/** Undefined if more than servers differ. */
function serverChanges(from: ParsedText, to: ParsedText): readonly RuntimeChange[] | undefined {
  const plan = planApply(from, to, { runtime: true });
  return plan.kind === 'runtime' ? plan.changes : undefined;
}
