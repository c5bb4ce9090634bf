import { messageOf } from '@kubefigurator/daemon';
import type { RuntimeChange } from '@kubefigurator/haproxy-config';
import type { ProcessId, Target } from '@kubefigurator/rollout';
import { hashText } from '../host/release-hash.ts';
import { removeUnused } from '../host/release-files.ts';
import type { LastKnownGood } from '../state/ledger.ts';
import type { ExecuteContext } from './pipeline.ts';

export type Recordable = Pick<Target, 'release' | 'published'>;

type RecordContext = Pick<ExecuteContext, 'host' | 'log' | 'ledgerAlarm'>;

export interface Proof {
  /** Undefined if no worker was seen to run it. */
  readonly worker: ProcessId | undefined;
  readonly method: string;
  /** `backend/server` of servers that may be in maintenance by our own command, though the text has them. */
  readonly removing?: readonly string[];
}

/** Writes down what HAProxy was seen to run, then removes files that only earlier releases named. */
export async function record(
  { release, published }: Recordable,
  { worker, method, removing }: Proof,
  { host, log, ledgerAlarm }: RecordContext,
): Promise<void> {
  const { revision, text, files } = release;
  const ledger = {
    revision,
    hash: hashText(text),
    ...(files.length > 0 && { files: files.map(({ name }) => name) }),
    ...(published !== undefined && { published }),
    worker,
    method,
    appliedAt: new Date().toISOString(),
    ...(removing && { removing }),
  };
  try {
    await host.state.record({ ledger, release: { revision, text, files } });
    const level = ledgerAlarm.end();
    if (level !== undefined) log[level]('ledger.recovered');
  } catch (err) {
    // HAProxy runs the release all the same; a lost ledger costs one reload at the next start.
    log[ledgerAlarm.raise('error', messageOf(err))]({ err, folder: host.state.path }, 'ledger.failed');
    return;
  }
  if (worker === undefined) return;
  const names = files.map(({ name }) => name);
  await removeUnused(host.live, names).catch((err: unknown) => log.debug({ err }, 'unused-files.kept'));
}

/** Records that the worker was changed half-way: what it runs is unknown until the next proof. */
export async function recordDoubt(
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
