import type { Logger } from '@kubefigurator/daemon';
import { messageOfError } from '@kubefigurator/daemon';
import type { ConfigText, MisplacedServer, PlaceVerification } from '@kubefigurator/haproxy-config';
import { verifyServerPlaces } from '@kubefigurator/haproxy-config';
import type { ProcessId } from '@kubefigurator/rollout';
import { waitForWorkerAnswer } from './admin-state.ts';
import { askHaproxy } from './cli.ts';
import { changeAtRuntime } from './runtime-api.ts';

export interface PlacesOptions {
  readonly runtimeSocket: string;
  readonly log: Logger;
}

const MOST_NAMES = 10;

/**
 * Proves that a worker connects to servers at the addresses of its config, and corrects those that differ: a server
 * state file that the operator uses may restore old addresses and ports, though the worker has read the config. If
 * `since` is given, only servers of sections that differ from those of `since` are looked at. Returns why a
 * correction failed; undefined if the places are correct in the end, or if HAProxy can't be asked.
 */
export async function correctServerPlaces(
  config: ConfigText,
  since: ConfigText | undefined,
  worker: ProcessId,
  { runtimeSocket, log }: PlacesOptions,
): Promise<string | undefined> {
  const wrong = await findMisplaced(verifyServerPlaces(config, since), worker, runtimeSocket);
  if (typeof wrong === 'string') {
    log.warn({ reason: wrong }, 'server-places.failed');
    return undefined;
  }
  if (wrong.length === 0) return undefined;
  log.warn({ count: wrong.length, what: wrong.slice(0, MOST_NAMES).map(describe) }, 'servers.misplaced');
  const moves = wrong.map(({ move }) => move);
  const result = await changeAtRuntime(runtimeSocket, moves, worker);
  return result.kind === 'changed' ? undefined : result.reason;
}

/**
 * The servers at wrong places, or a string that says why HAProxy gave no listing. Empty if the worker doesn't answer:
 * a host may have no runtime socket.
 */
async function findMisplaced(
  { questions, misplaced }: PlaceVerification,
  worker: ProcessId,
  runtimeSocket: string,
): Promise<readonly MisplacedServer[] | string> {
  if (questions.length === 0) return [];
  const isAnswering = await waitForWorkerAnswer(runtimeSocket, worker).then(
    () => true,
    () => false,
  );
  if (!isAnswering) return [];
  try {
    const answers: string[] = [];
    for (const question of questions) answers.push(await askHaproxy(runtimeSocket, question));
    return misplaced(answers);
  } catch (error) {
    return messageOfError(error);
  }
}

function describe({ move: { backend, server }, found }: MisplacedServer): string {
  return `${backend}/${server.name} at ${found} instead of ${server.address}:${server.port}`;
}
