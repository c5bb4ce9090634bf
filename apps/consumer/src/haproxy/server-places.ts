import type { Logger } from '@kubefigurator/daemon';
import type { ConfigText, MisplacedServer } from '@kubefigurator/haproxy-config';
import { verifyPlaces } from '@kubefigurator/haproxy-config';
import type { ProcessId } from '@kubefigurator/rollout';
import { untilAnsweredBy } from './admin-state.ts';
import { askHaproxy } from './cli.ts';
import { changeAtRuntime } from './runtime-api.ts';

export interface PlacesOptions {
  readonly runtimeSocket: string;
  readonly log: Logger;
}

const MOST_NAMES = 10;

/**
 * Proves that a worker asks the servers where its config says, and corrects those that it asks elsewhere: a state file
 * of the operator's brings old addresses and ports back, though the worker has read the config. If `since` is given,
 * only servers of sections that it doesn't have in the same words are looked at. Returns why that was not possible;
 * undefined if the places are right, or if there is no runtime socket to ask.
 */
export async function correctPlaces(
  config: ConfigText,
  since: ConfigText | undefined,
  worker: ProcessId,
  { runtimeSocket, log }: PlacesOptions,
): Promise<string | undefined> {
  const { questions, misplaced } = verifyPlaces(config, since);
  if (questions.length === 0) return undefined;
  try {
    await untilAnsweredBy(runtimeSocket, worker);
  } catch {
    return undefined;
  }
  const answers: string[] = [];
  for (const question of questions) answers.push(await askHaproxy(runtimeSocket, question));
  const wrong = misplaced(answers);
  if (typeof wrong === 'string') return wrong;
  if (wrong.length === 0) return undefined;
  log.warn({ count: wrong.length, what: wrong.slice(0, MOST_NAMES).map(describe) }, 'servers.misplaced');
  const result = await changeAtRuntime(
    runtimeSocket,
    wrong.map(({ move }) => move),
    worker,
  );
  return result.kind === 'changed' ? undefined : result.reason;
}

function describe({ move: { backend, server }, found }: MisplacedServer): string {
  return `${backend}/${server.name} at ${found} instead of ${server.address}:${server.port}`;
}
