import type { LostHost, Stood } from './losses.ts';
import { SHARED } from './owners.ts';
import { type Tallies, type Tally, totalOf, withoutOwner } from './tallies.ts';

/** The largest share of what all others have that they may lose beside a namespace that removes much itself. */
const QUIET_SHARE = 0.1;

interface Limits {
  readonly share: number;
  readonly minimum: number;
}

/** A loss that is too large. */
export interface LargeLoss extends Tally {
  /** Of whom. */
  readonly tallies: Tallies;
  /** The namespace that isn't counted. */
  readonly without?: string;
}

/**
 * The loss of all namespaces if it is too large, or else that of all but one, whichever that is: a namespace with many names
 * doesn't make the loss of all others look small.
 */
export function largeLossOf(tallies: Tallies, settings: Limits): LargeLoss | undefined {
  const total = totalOf(tallies);
  if (isTooMuch(total, settings)) return { ...total, tallies };
  const without = calmestOf(tallies, settings);
  if (without === undefined) return undefined;
  const others = withoutOwner(tallies, without);
  const rest = totalOf(others);
  // Three names that go of five are an ordinary change, also beside a namespace that has most.
  if (rest.lost < settings.minimum || !isTooMuch(rest, settings)) return undefined;
  return { ...rest, tallies: others, without };
}

/** The namespace without which the loss of the others is the farthest above the share. */
function calmestOf(tallies: Tallies, { share }: Limits): string | undefined {
  let [calmest, least] = [undefined as string | undefined, Number.POSITIVE_INFINITY];
  for (const [owner, { lost, most }] of tallies) {
    const excess = lost - share * most;
    if (owner !== SHARED && excess < least) [calmest, least] = [owner, excess];
  }
  return calmest;
}

/** True if more than the share is lost of what is large enough to be judged. */
export function isTooMuch({ lost, most }: Tally, { share, minimum }: Limits): boolean {
  return lost > 0 && most >= minimum && lost > share * most;
}

/**
 * What of the hosts is held if too much is lost: all of those who are counted, or those of one namespace that loses nearly
 * all of it. It may have deleted them, and nobody else shall wait for that. If the others lose something worth mentioning,
 * too, as with a list that is incomplete, or if there are no others, all are held.
 */
export function suspectLostHosts(
  { tallies, without }: LargeLoss,
  lost: readonly LostHost[],
  settings: Limits,
): readonly LostHost[] {
  const counted = lost.filter(({ source }) => source.namespace !== without);
  const [namespace] = [...tallies].reduce((most, next) => (next[1].lost > most[1].lost ? next : most), [
    '',
    { lost: 0, most: 0 },
  ] as readonly [string, Tally]);
  const others = withoutOwner(tallies, namespace);
  // What another Service would take counts here: with the list of another cluster it is as much in doubt as the rest.
  const taken = counted.filter((host) => host.taken && host.source.namespace !== namespace).length;
  const { lost: lostOfOthers, most } = totalOf(others);
  const isAlone =
    namespace !== SHARED && isQuiet(others, settings) && lostOfOthers + taken <= settings.share * most;
  return isAlone ? counted.filter(({ source }) => source.namespace === namespace) : counted;
}

/** True if all of them together lose little, and no namespace with many names makes it look so. */
function isQuiet(tallies: Tallies, settings: Limits): boolean {
  const { lost, most } = totalOf(tallies);
  const isLittle = lost < settings.minimum || lost <= QUIET_SHARE * most;
  return isLittle && lost <= settings.share * most && largeLossOf(tallies, settings) === undefined;
}

/** True if hosts of several namespaces are held, or of the only one: the whole list may be of a wrong source then. */
export function isWholeListSuspect(held: readonly LostHost[], stood: Stood): boolean {
  const namespaces = new Set(held.map(({ source }) => source.namespace));
  return namespaces.size > 1 || (namespaces.size === 1 && stood.hostsOf.size === 1);
}
