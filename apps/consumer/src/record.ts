import type { RuntimeChange } from '@kubefigurator/haproxy-config';
import type { ApplyContext, Before, Candidate } from './apply-context.ts';
import type { ProcessId } from './host/processes.ts';
import { removeUnused } from './host/release-files.ts';
import { hashRelease } from './host/release-hash.ts';

export interface Recording {
  readonly context: Pick<ApplyContext, 'host' | 'log'>;
  readonly worker: ProcessId | undefined;
  readonly method: string;
  /** Servers that may be in maintenance by our own hand, though the text has them. */
  readonly removing?: readonly string[];
}

/** Writes down what HAProxy was seen to run. */
export async function record(
  { revision, text }: Candidate,
  { context, worker, method, removing }: Recording,
): Promise<void> {
  const release = { revision, text, files: [] };
  const ledger = {
    revision,
    hash: hashRelease(release),
    worker,
    method,
    appliedAt: new Date().toISOString(),
  };
  try {
    await context.host.state.record({ ledger: { ...ledger, ...(removing && { removing }) }, release });
    // With the proof, the files of the releases before are no longer needed.
    if (worker !== undefined) await removeUnused(context.host.live, []).catch(() => undefined);
  } catch (err) {
    // HAProxy runs the text all the same; a lost ledger costs one reload at the next start.
    context.log.error({ err, directory: context.host.state.path }, 'ledger.failed');
  }
}

/** The worker was changed half-way: until the next proof nobody may say what it runs. */
export async function doubt(
  { good, running }: Before,
  changes: readonly RuntimeChange[],
  context: Recording['context'],
): Promise<void> {
  if (good === undefined) return;
  const { revision, method } = good.ledger;
  const removing = changes.flatMap((each) =>
    each.action === 'remove' ? `${each.backend}/${each.name}` : [],
  );
  await record(
    { revision, text: running?.text ?? good.release.text },
    { context, worker: undefined, method, removing },
  );
}
