import type { Outcome } from '@kubefigurator/config-model';
import type { CommandContext } from '@kubefigurator/daemon';
import { OperatorError, unlessStopped } from '@kubefigurator/daemon';
import type { Reading } from '@kubefigurator/etcd-store';
import { openStore } from '@kubefigurator/etcd-store';
import type { ApplyContext } from '../apply-context.ts';
import { createMemory } from '../apply-context.ts';
import { applyCandidate } from '../apply.ts';
import { readFreeze } from '../state/freeze.ts';
import type { Host } from '../host/host.ts';
import { openHost } from '../host/host.ts';
import type { Lock } from '../state/lock.ts';
import { takeLock } from '../state/lock.ts';
import { createRemovals } from '../haproxy/pending-deletions.ts';
import { UNLIMITED } from '../reload-budget.ts';
import { createReporter, describeOutcome, isInSync } from '../status/describe.ts';
import type { applySettings } from '../settings.ts';

/** One pass now: 0 when HAProxy runs what etcd has, 1 otherwise. */
export async function runApply({ io, settings, log }: CommandContext<typeof applySettings>): Promise<number> {
  const host = await openHost(settings, { env: io.env, log });
  const lock = await takeHostLock(host, `pid ${io.pid} (apply)`);
  const store = openStore(settings, { log });
  try {
    const started = performance.now();
    const reading = await unlessStopped(store.read(), io.signal);
    const outcome = await applyReading(reading, {
      host,
      log,
      signal: io.signal,
      removals: createRemovals(host, io.signal),
      reloads: UNLIMITED,
      memory: createMemory(),
    });
    createReporter(log)({ revision: revisionOf(reading), outcome, durationMs: performance.now() - started });
    io.stdout.write(`${host.name}: revision ${revisionOf(reading) ?? 'none'}: ${describeOutcome(outcome)}\n`);
    return isInSync(outcome) ? 0 : 1;
  } finally {
    await store.close();
    await lock.release();
  }
}

/** One consumer per host: throws OperatorError naming the one that is there already. */
export async function takeHostLock(host: Host, holder: string): Promise<Lock> {
  const lock = await takeLock(host.state.path, holder);
  if (!('heldBy' in lock)) return lock;
  throw new OperatorError(`another consumer works with ${host.state.path}: ${lock.heldBy}`, {
    hint: 'stop it first, or send it SIGHUP to make it apply now',
  });
}

/** What to do with what etcd said: only a text is ever applied, and nothing while the host is frozen. */
export async function applyReading(reading: Reading, context: ApplyContext): Promise<Outcome> {
  const freeze = await readFreeze(context.host.state.path);
  if (freeze !== undefined) return { kind: 'frozen', freeze };
  switch (reading.kind) {
    case 'published':
      return applyCandidate(reading.published, context);
    case 'missing':
      return { kind: 'kept', reason: 'the key is not in etcd, which never means "no services"' };
    case 'unreadable':
      return { kind: 'kept', reason: `the published value can't be read: ${reading.reason}` };
  }
}

/** The revision a reading speaks of; undefined for a missing key. */
export function revisionOf(reading: Reading | undefined): string | undefined {
  if (reading === undefined) return undefined;
  if (reading.kind === 'published') return reading.published.revision;
  return reading.kind === 'unreadable' ? reading.revision : undefined;
}
