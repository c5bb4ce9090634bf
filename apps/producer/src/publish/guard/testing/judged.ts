import {
  decideHeldLosses,
  type GuardMemory,
  type GuardSettings,
  NO_MEMORY,
  type Verdict,
} from '../decide.ts';
import { compareWith, rememberPublished } from '../memory.ts';
import type { inventory } from './inventories.ts';
import { type Routes, upTo } from './inventories.ts';

const SETTINGS: GuardSettings = { guards: true, share: 0.5, minimum: 4, confirmAfterMs: 300_000 };
export type Text = ReturnType<typeof inventory>;

export interface Judged {
  readonly verdict: Verdict;
  readonly memory: GuardMemory;
}

/** What the guard says of a text that replaces another one, and what it remembers once that is published. */
export function judge(
  before: Text,
  after: Text,
  memory: GuardMemory = NO_MEMORY,
  isApproved: () => boolean = () => false,
): Judged {
  const compared = compareWith(memory, before, after);
  const about = { settings: SETTINGS, isApproved, now: 0, listedAt: undefined };
  const verdict = decideHeldLosses({ ...compared, memory, ...about });
  return {
    verdict,
    memory: rememberPublished(memory, { verdict, losses: compared.losses, before }, after, 0),
  };
}

/** This many names of a namespace on one bind, each of a Service of its own. */
export function names(namespace: string, count: number, from = 1): Routes {
  return Object.fromEntries(
    upTo(count, from).map((number) => [
      `*:443 ${namespace}${String(number)}.org`,
      `${namespace}/s${String(number)}`,
    ]),
  );
}

/** This many Services of a namespace, each with a bind of its own. */
export function binds(namespace: string, count: number, firstPort = 8001): Routes {
  return Object.fromEntries(
    upTo(count).map((number) => [`*:${String(firstPort + number - 1)} *`, `${namespace}/s${String(number)}`]),
  );
}

/** The namespaces of which something is held. */
export function namespacesHeld({ held }: Verdict): string[] {
  return [...new Set(held.map(({ service }) => service.split('/')[0] ?? ''))];
}
