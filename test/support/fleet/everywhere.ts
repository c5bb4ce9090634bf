import type { Fleet } from './fleet.ts';
import type { Answer, Question } from './request.ts';
import { servedBy, waitForAnswer } from './request.ts';
import type { WaitOptions } from '../sandbox/wait.ts';

/** One request to each host, at the host's own address. */
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
      const own = { ...question, address };
      return explained(fleet, waitForAnswer(own, servedBy(own, expected), options));
    }),
  );
}

/** Waits until each host gives the right answer. */
export async function everyHostAnswers(
  fleet: Fleet,
  question: FleetQuestion,
  isRight: (answer: Answer) => boolean,
  options?: WaitOptions,
): Promise<void> {
  await Promise.all(
    fleet.hosts.map(({ address }) =>
      explained(fleet, waitForAnswer({ ...question, address }, isRight, options)),
    ),
  );
}

/** True if nothing serves it: 503, or no listener. */
export function isUnserved(answer: Answer): boolean {
  return answer.status === 503 || answer.error === 'ECONNREFUSED';
}

/** Adds the last lines of the logs to a failure. */
async function explained<T>(fleet: Fleet, wait: Promise<T>): Promise<T> {
  try {
    return await wait;
  } catch (error) {
    throw new Error(`${String(error)}\n${fleet.logTails()}`, { cause: error });
  }
}
