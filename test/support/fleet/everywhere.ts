import type { Fleet } from './fleet.ts';
import type { Answer, Question } from './request.ts';
import { servedBy, waitForAnswer } from './request.ts';
import type { WaitOptions } from '../sandbox/wait.ts';

/** A request that is sent to each host, at the host's own address. */
export type FleetQuestion = Omit<Question, 'address'>;

/** Waits until each host, asked at its own address, answers from the node port and one of the nodes. */
export async function answersOnEveryHost(
  fleet: Fleet,
  question: FleetQuestion,
  expected: { readonly nodePort: number; readonly nodes: readonly string[] },
  options?: WaitOptions,
): Promise<void> {
  await Promise.all(
    fleet.hosts.map(({ address }) => {
      const toHost = { ...question, address };
      return withLogTails(fleet, waitForAnswer(toHost, servedBy(toHost, expected), options));
    }),
  );
}

/** Waits until each host, asked at its own address, gives the right answer. */
export async function everyHostAnswers(
  fleet: Fleet,
  question: FleetQuestion,
  isRight: (answer: Answer) => boolean,
  options?: WaitOptions,
): Promise<void> {
  await Promise.all(
    fleet.hosts.map(({ address }) =>
      withLogTails(fleet, waitForAnswer({ ...question, address }, isRight, options)),
    ),
  );
}

/** True if no Service serves the request: HAProxy answers 503, or no process listens on the port. */
export function isUnserved(answer: Answer): boolean {
  return answer.status === 503 || answer.error === 'ECONNREFUSED';
}

/** Adds the last lines of all logs to the error if the wait fails. */
async function withLogTails<T>(fleet: Fleet, wait: Promise<T>): Promise<T> {
  try {
    return await wait;
  } catch (error) {
    throw new Error(`${String(error)}\n${fleet.logTails()}`, { cause: error });
  }
}
