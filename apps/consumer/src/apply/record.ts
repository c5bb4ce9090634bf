import { messageOfError } from '@kubefigurator/daemon';
import type { RuntimeChange } from '@kubefigurator/haproxy-config';
import type { ProcessId, Target } from '@kubefigurator/rollout';
import { hashText } from '../host/release-hash.ts';
import { removeUnusedReleaseFiles } from '../host/release-files.ts';
import type { LastKnownGood } from '../state/ledger.ts';
import { stateFolderTrouble } from '../state/ledger.ts';
import type { ExecuteContext } from './pipeline.ts';

export type Recordable = Pick<Target, 'release' | 'published'>;

type RecordContext = Pick<ExecuteContext, 'host' | 'log' | 'ledgerAlarm'>;

export interface Proof {
  /** Undefined if no worker was seen to run the release. */
  readonly worker: ProcessId | undefined;
  readonly method: string;
  /** `backend/server` of servers of this text that our own command may have put into maintenance. */
  readonly removing?: readonly string[];
}

/**
 * Writes the ledger: the release, and the worker that was seen to run it. Then, only if there is such a worker, it
 * removes files that only earlier releases named. Never throws.
 */
export async function record(
  { release, published }: Recordable,
  { worker, method, removing }: Proof,
  context: RecordContext,
): Promise<void> {
  const { revision, text, files } = release;
  const names = files.map(({ name }) => name);
  const ledger = {
    revision,
    hash: hashText(text),
    ...(names.length > 0 && { files: names }),
    ...(published !== undefined && { published }),
    worker,
    method,
    appliedAt: new Date().toISOString(),
    ...(removing && { removing }),
  };
  const isRecorded = await writeLedger({ ledger, release: { revision, text, files } }, context);
  // Without a record or a proof, the files of the release before may still be needed.
  if (!isRecorded || worker === undefined) return;
  const { host, log } = context;
  await removeUnusedReleaseFiles(host.live, names).catch((err: unknown) =>
    log.debug({ err }, 'unused-files.kept'),
  );
}

/**
 * Gives false if the ledger can't be written, and logs this. HAProxy isn't affected; the agent's next start costs a
 * reload.
 */
async function writeLedger(
  entry: LastKnownGood,
  { host, log, ledgerAlarm }: RecordContext,
): Promise<boolean> {
  try {
    await host.state.record(entry);
  } catch (thrown) {
    const err = stateFolderTrouble("what HAProxy runs can't be recorded", thrown);
    const level = ledgerAlarm.raise('error', messageOfError(err));
    log[level]({ err, folder: host.state.path }, 'ledger.failed');
    return false;
  }
  const recoveryLevel = ledgerAlarm.end();
  if (recoveryLevel !== undefined) log[recoveryLevel]('ledger.recovered');
  return true;
}

/**
 * Records that only a part of the changes may have taken effect: what the worker runs is unknown until the next
 * proof. Does nothing if there is no ledger.
 */
export async function recordPartialChange(
  good: LastKnownGood | undefined,
  changes: readonly RuntimeChange[],
  context: RecordContext,
): Promise<void> {
  if (good === undefined) return;
  const removing = changes.flatMap((each) =>
    each.action === 'remove' ? `${each.backend}/${each.name}` : [],
  );
  const { method, published } = good.ledger;
  await record({ release: good.release, published }, { worker: undefined, method, removing }, context);
}
