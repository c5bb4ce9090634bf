import { setTimeout as sleep } from 'node:timers/promises';
import type { HeldServer, ProcessId } from '@kubefigurator/rollout';
import type { Logger } from '@kubefigurator/daemon';
import { beginHeldServersListing, heldServerName } from './held-servers.ts';
import { askHaproxy } from './cli.ts';
import { splitRuntimeAnswers } from './runtime-api.ts';
import { workerByRuntimeSocket } from './observe.ts';
import type { StateFolder } from '../state/ledger.ts';

/** Brings the admin states that an operator set at run time to the next worker, which reads only the files. */
export interface AdminStateCarryOver {
  /**
   * To be called right before HAProxy reads its files again: it begins a listing of the servers, which goes on
   * meanwhile. Returns a function that sets the states in the new worker.
   */
  readonly remember: () => Promise<(worker: ProcessId | undefined) => Promise<void>>;
}

export interface AdminStateOptions {
  readonly runtimeSocket: string;
  readonly state: StateFolder;
  readonly log: Logger;
}

/** How long the new worker may take to answer on the runtime socket. */
const TAKEOVER_MS = 2_000;
const POLL_MS = 10;
/** A line of this many commands is far shorter than HAProxy's limit. */
const COMMANDS_PER_LINE = 40;
const MOST_NAMES = 20;

export function createAdminStateCarryOver({
  runtimeSocket,
  state,
  log,
}: AdminStateOptions): AdminStateCarryOver {
  async function restore(held: readonly HeldServer[], worker: ProcessId | undefined): Promise<void> {
    if (held.length === 0) return;
    const shown = held.slice(0, MOST_NAMES).map((server) => `${heldServerName(server)} ${server.state}`);
    const fields = { count: held.length, what: shown };
    try {
      await waitForWorkerAnswer(runtimeSocket, worker);
      const refused = await setStates(runtimeSocket, held);
      if (refused.length === 0) log.info(fields, 'held-servers.kept');
      else log.warn({ ...fields, refused: refused.slice(0, MOST_NAMES) }, 'held-servers.lost');
    } catch (err) {
      log.warn({ ...fields, err }, 'held-servers.lost');
    }
  }

  return {
    remember: async () => {
      // Without a runtime socket no operator can have set a state, so there is nothing to restore.
      const listing = await beginHeldServersListing(runtimeSocket, state).catch((err: unknown) => {
        if (!hasNoListener(err)) log.warn({ err }, 'held-servers.lost');
        return undefined;
      });
      return async (worker) => {
        try {
          await restore((await listing?.held) ?? [], worker);
        } catch (err) {
          log.warn({ err }, 'held-servers.lost');
        }
      };
    },
  };
}

/**
 * Waits until this worker answers on the runtime socket, since right after a reload the old one may still answer. If
 * `worker` is undefined, the answer of any worker is enough. Rejects after 2 seconds.
 */
export async function waitForWorkerAnswer(
  runtimeSocket: string,
  worker: ProcessId | undefined,
): Promise<void> {
  const deadline = performance.now() + TAKEOVER_MS;
  for (;;) {
    const pid = await workerByRuntimeSocket(runtimeSocket);
    if (pid !== undefined && (worker === undefined || pid === worker.pid)) return;
    if (performance.now() > deadline)
      throw new Error(`${runtimeSocket}: the new worker doesn't answer there`);
    await sleep(POLL_MS);
  }
}

/** Returns HAProxy's refusals, except for servers that the new config doesn't have. */
async function setStates(runtimeSocket: string, held: readonly HeldServer[]): Promise<string[]> {
  const refused: string[] = [];
  for (let from = 0; from < held.length; from += COMMANDS_PER_LINE) {
    const batch = held.slice(from, from + COMMANDS_PER_LINE);
    const line = batch
      .map((server) => `set server ${heldServerName(server)} state ${server.state}`)
      .join('; ');
    const answers = splitRuntimeAnswers(await askHaproxy(runtimeSocket, line));
    batch.forEach((server, index) => {
      const answer = answers[index] ?? 'no answer';
      if (answer !== '' && !/^No such (server|backend)/.test(answer))
        refused.push(`${heldServerName(server)}: ${answer}`);
    });
  }
  return refused;
}

function hasNoListener(thrown: unknown): boolean {
  const { code } = (thrown ?? {}) as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ECONNREFUSED';
}
