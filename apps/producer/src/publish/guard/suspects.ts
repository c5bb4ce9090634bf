import type { LostHost, Stood } from './losses.ts';
import { SHARED } from './owners.ts';
import { type Tallies, type Tally, totalOf, withoutOwner } from './tallies.ts';

/**
 * If one namespace loses much, and all others together lose no more than this share of what they have, only the one
 * is held.
 */
const QUIET_SHARE = 0.1;

interface Limits {
  readonly share: number;
  readonly minimum: number;
}

/** A loss that is too large. */
export interface LargeLoss extends Tally {
  /** The namespaces that were counted. */
  readonly tallies: Tallies;
  /** The namespace that wasn't counted; absent if all were. */
  readonly without?: string;
}

/**
 * The loss of all namespaces if it is too large, or else the loss of all but one if that is. Otherwise a namespace
 * with many names could make the loss of all others look small. Undefined if neither is too large.
 */
export function largeLossOf(tallies: Tallies, settings: Limits): LargeLoss | undefined {
  const total = totalOf(tallies);
  if (isTooMuch(total, settings)) return { ...total, tallies };
  const without = calmestOf(tallies, settings);
  if (without === undefined) return undefined;
  const others = withoutOwner(tallies, without);
  const rest = totalOf(others);
  // A few names are an ordinary change, even if they are most of what the others have.
  if (rest.lost < settings.minimum || !isTooMuch(rest, settings)) return undefined;
  return { ...rest, tallies: others, without };
}

/**
 * The namespace without which the loss of the others is the farthest above the share; undefined without namespaces.
 */
function calmestOf(tallies: Tallies, { share }: Limits): string | undefined {
  let [calmest, least] = [undefined as string | undefined, Number.POSITIVE_INFINITY];
  for (const [owner, { lost, most }] of tallies) {
    const excess = lost - share * most;
    if (owner !== SHARED && excess < least) [calmest, least] = [owner, excess];
  }
  return calmest;
}

/** True if more than the share is lost, and there were at least as many as the minimum. */
export function isTooMuch({ lost, most }: Tally, { share, minimum }: Limits): boolean {
  return lost > 0 && most >= minimum && lost > share * most;
}

/**
 * Which of the lost hosts are held if too much is lost: as a rule all those of the namespaces that are counted. If
 * nearly all of the loss is one namespace's, only its hosts: it may have deleted them on purpose, and the removals of
 * others don't wait for that. With an incomplete list, several namespaces lose something, and all are held.
 */
export function suspectLostHosts(
  { tallies, without }: LargeLoss,
  lost: readonly LostHost[],
  settings: Limits,
): readonly LostHost[] {
  const counted = lost.filter(({ source }) => source.namespace !== without);
  const namespace = ownerOfMostLosses(tallies);
  const others = withoutOwner(tallies, namespace);
  // Hosts that another Service takes count here, too: the list may be that of another cluster, which has the same
  // names.
  const taken = counted.filter((host) => host.taken && host.source.namespace !== namespace).length;
  const { lost: lostOfOthers, most } = totalOf(others);
  const isAlone =
    namespace !== SHARED && isQuiet(others, settings) && lostOfOthers + taken <= settings.share * most;
  return isAlone ? counted.filter(({ source }) => source.namespace === namespace) : counted;
}

/** The owner that loses most, the first of equal ones; `SHARED` if nobody loses anything. */
function ownerOfMostLosses(tallies: Tallies): string {
  let [found, most] = [SHARED, 0];
  for (const [owner, { lost }] of tallies) if (lost > most) [found, most] = [owner, lost];
  return found;
}

/** True if all of them together lose little, also without the namespace that makes the loss look smallest. */
function isQuiet(tallies: Tallies, settings: Limits): boolean {
  const { lost, most } = totalOf(tallies);
  const isLittle = lost < settings.minimum || lost <= QUIET_SHARE * most;
  return isLittle && lost <= settings.share * most && largeLossOf(tallies, settings) === undefined;
}

/**
 * True if the whole list may be of a wrong source: hosts of several namespaces are held, or of the only one that has
 * any.
 */
export function isWholeListSuspect(held: readonly LostHost[], stood: Stood): boolean {
  const namespaces = new Set(held.map(({ source }) => source.namespace));
  return namespaces.size > 1 || (namespaces.size === 1 && stood.hostsOf.size === 1);
}
