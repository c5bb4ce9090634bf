import type { ParsedText } from '@kubefigurator/haproxy-config';
import { isolate } from '@kubefigurator/haproxy-config';
import { parseConfigText } from '@kubefigurator/haproxy-config';
import type { CertificateFolders } from './host/certificates.ts';
import type { Before, Goal, KnownFault, Memory, Wanted } from './apply-context.ts';

export interface KnownWays {
  readonly memory: Memory;
  readonly certificates: Pick<CertificateFolders, 'withoutRefused'>;
}

/** The candidate as it is. */
export function wholeOf(wanted: Wanted): Goal {
  return { ...wanted, leftOut: [], whole: wanted.text, isTrial: false };
}

/**
 * The candidate, without what this host could not take of the text before where the very same words would be left out
 * again: a fault that is there to stay costs the others neither a check nor a wait.
 */
export async function nextGoal(
  wanted: Wanted,
  { running }: Before,
  { memory, certificates }: KnownWays,
): Promise<Goal> {
  const { tryAll } = memory;
  memory.tryAll = false;
  const whole = wholeOf(wanted);
  const reduced = await withoutKnown(wanted, running, { memory, certificates });
  // With other words, or none, the fault is another one when it comes again.
  if (reduced === undefined) memory.leftOut = undefined;
  if (reduced === undefined || memory.leftOut === undefined) return whole;
  if (tryAll) return { ...whole, isTrial: true };
  const config = parseConfigText(reduced, wanted.config);
  return { ...whole, text: reduced, config, leftOut: memory.leftOut.blame };
}

/** The text that is left without the very words that were refused before; undefined where they are not in it. */
async function withoutKnown(
  { text }: Wanted,
  running: ParsedText | undefined,
  { memory: { leftOut }, certificates }: KnownWays,
): Promise<string | undefined> {
  if (leftOut === undefined) return undefined;
  const isolation = isolate(text, leftOut.blame, running?.config);
  if (isolation.kind === 'hopeless') return undefined;
  const rest = await certificates.withoutRefused(isolation.text, leftOut.blame);
  return wordsWithout(text, rest) === leftOut.words ? rest : undefined;
}

/** What to remember of a goal that was found to be right. */
export function faultOf({ whole, text, leftOut }: Goal): KnownFault | undefined {
  return leftOut.length === 0 ? undefined : { blame: leftOut, words: wordsWithout(whole, text) };
}

/** Where a server is says nothing about the fault: nodes come and go in all backends at once. */
const SERVER_AND_PLACE = /^(\s*server)\s+\S+\s+\S+/;

/** The words of a text that are not in what was left of it; of servers only what is said of them, and once. */
function wordsWithout(whole: string, rest: string): string {
  const words = (lines: readonly string[]): string[] =>
    [...new Set(lines.map((line) => line.replace(SERVER_AND_PLACE, '$1').trim()))].flatMap((line) =>
      line.split(/\s+/),
    );
  const [before, after] = [whole.split('\n'), rest.split('\n')];
  return missingFrom(words(missingFrom(before, after)), words(missingFrom(after, before))).join(' ');
}

/** Those of `all` that `some` has not, each as often as it is more. */
function missingFrom(all: readonly string[], some: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const each of some) counts.set(each, (counts.get(each) ?? 0) + 1);
  return all.filter((each) => {
    const left = counts.get(each) ?? 0;
    counts.set(each, left - 1);
    return left <= 0;
  });
}
