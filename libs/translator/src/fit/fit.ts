import { serviceKey } from '@kubefigurator/config-model';
import type { Excess } from '@kubefigurator/haproxy-config';
import { NOTHING_STANDS } from '../claims/standing.ts';
import type { Diagnostic } from '../diagnostics/diagnostics.ts';
import type { Intent } from '../intent/intent.ts';
import type { Candidate } from './candidates.ts';
import { candidatesToLeaveOut } from './candidates.ts';
import { withFewerNodes } from './fewer-nodes.ts';
import { withoutFarTooLargeServices } from './foresee.ts';
import { noRoomForService, noRoomForNode, nothingFits } from './no-room.ts';
import type { FitOptions, LeftOutServices } from './options.ts';
import { NOTHING_LEFT_OUT } from './options.ts';
import { largestOf, largestShareOf } from './order.ts';
import { NOTHING_PUBLISHED } from './published.ts';
import type { BuiltText, Found } from './search.ts';
import { leaveOutFewest, withoutCandidates } from './search.ts';
import { withinShares } from './shares.ts';

/** The part of each limit that a text with new Services may use: the rest is kept for Nodes that come later. */
const PART_FOR_NEW = 0.9;

export interface Fitted<Built> {
  readonly built: Built;
  readonly diagnostics: readonly Diagnostic[];
  /** The limits that the text exceeds even without all that may be left out; with one it must not be published. */
  readonly excesses: readonly Excess[];
  /** The `leftOutBefore` of the next pass. */
  readonly leftOut: LeftOutServices;
}

/**
 * Builds the text, without those Services with which it would be far too large by estimate. If it is too large, leaves out
 * what isn't published yet, as little as possible: first Services of namespaces that are over their share, then the
 * largest Services of the namespace that takes most. Of a published Service that has grown, the published part stays. New
 * Services leave a tenth of the room to Nodes. If the text is too large even without any new Service, new Nodes are left
 * out. If that isn't enough, the result is a text with an excess, which must not be published, and a diagnostic names the
 * largest Service: nothing is taken from those who are served.
 */
export function fit<Built extends BuiltText>(
  asked: readonly Intent[],
  options: FitOptions<Built>,
): Fitted<Built> {
  const { standing, published, nodes, buildText, excess } = options;
  // The first text may use all of the room: it may have all the Services that were published under another key before.
  const part = standing.size === 0 ? 1 : PART_FOR_NEW;
  const share = standing.size === 0 ? 1 : options.namespaceShare;
  const foreseen = withoutFarTooLargeServices(asked, { ...options, part, share });
  const { intents } = foreseen;
  const hopelessDiagnostics = foreseen.leftOut.map((each) => noRoomForService(each, published));
  const built = buildText(intents, nodes);
  const overShare = excess(built, Math.min(part, share));
  if (overShare.length === 0)
    return { built, diagnostics: hopelessDiagnostics, excesses: [], leftOut: NOTHING_LEFT_OUT };
  const shares = withinShares(intents, overShare, { ...options, share });
  const within = {
    intents: shares.intents,
    built: shares.leftOut.length === 0 ? built : buildText(shares.intents, nodes),
  };
  const room = makeRoom(within, part, options);
  const diagnostics = [
    ...hopelessDiagnostics,
    ...shares.leftOut.map((each) => noRoomForService(each, published)),
    ...room.diagnostics,
  ];
  const leftOut = {
    forShare: new Set(shares.leftOut.map(({ candidate }) => serviceKey(candidate))),
    forRoom: room.leftOut,
  };
  return room.excesses.length === 0
    ? { ...room, diagnostics, leftOut }
    : { ...nothingFitsOf(intents, { built, excesses: room.excesses }, options), leftOut };
}

/** What is asked for, and the text with all of it. */
interface Asked<Built> {
  readonly intents: readonly Intent[];
  readonly built: Built;
}

interface Room<Built> extends Omit<Fitted<Built>, 'leftOut'> {
  readonly leftOut: ReadonlySet<string>;
}

/** Leaves out Services that aren't published until the text fits into `part` of each limit; then, if needed, Nodes. */
function makeRoom<Built extends BuiltText>(
  { intents, built }: Asked<Built>,
  part: number,
  options: FitOptions<Built>,
): Room<Built> {
  const { standing, published, nodes, buildText, excess } = options;
  const excesses = excess(built, part);
  if (excesses.length === 0) return { built, diagnostics: [], excesses, leftOut: new Set() };
  const occupied = { intents, claims: built.claims, standing, published, nodes: nodes.length, excesses };
  const found: Found<Built> = leaveOutFewest(
    {
      intents,
      published,
      candidates: candidatesToLeaveOut(occupied),
      weigh: (load) => largestShareOf(load, excesses, built.text),
      buildText: (some) => buildText(some, nodes),
      excess: (each) => excess(each, part),
      leftOutBefore: options.leftOutBefore?.forRoom,
    },
    { built, excesses },
  );
  const diagnostics = found.leftOut.map((candidate) => noRoomForService({ candidate, excesses }, published));
  const leftOut = new Set(found.leftOut.map(serviceKey));
  // Without new Services the text may use all of each limit.
  const excessesLeft = found.excesses.length === 0 ? [] : excess(found.built, 1);
  if (excessesLeft.length === 0) return { built: found.built, diagnostics, excesses: [], leftOut };
  const intentsLeft = withoutCandidates(intents, found.leftOut, published);
  const fewer = withFewerNodes(intentsLeft, excessesLeft, options);
  if (fewer === undefined) return { built: found.built, diagnostics, excesses: excessesLeft, leftOut };
  const largest = largestCandidate(intentsLeft, { built: fewer.built, excesses: excessesLeft }, options);
  const ofNodes = fewer.leftOut.map((node) => noRoomForNode(node, largest, excessesLeft));
  return { built: fewer.built, diagnostics: [...diagnostics, ...ofNodes], excesses: [], leftOut };
}

interface TooLarge<Built> {
  readonly built: Built;
  readonly excesses: readonly Excess[];
}

function nothingFitsOf<Built extends BuiltText>(
  intents: readonly Intent[],
  { built, excesses }: TooLarge<Built>,
  options: FitOptions<Built>,
): Omit<Fitted<Built>, 'leftOut'> {
  const largest = largestCandidate(intents, { built, excesses }, options);
  return { built, excesses, diagnostics: largest === undefined ? [] : [nothingFits(largest, excesses)] };
}

/** The largest Service of all, published or not. */
function largestCandidate<Built extends BuiltText>(
  intents: readonly Intent[],
  { built, excesses }: TooLarge<Built>,
  { nodes }: FitOptions<Built>,
): Candidate | undefined {
  const nothing = { standing: NOTHING_STANDS, published: NOTHING_PUBLISHED };
  const all = candidatesToLeaveOut({
    ...nothing,
    intents,
    claims: built.claims,
    nodes: nodes.length,
    excesses,
  });
  return largestOf(all, (load) => largestShareOf(load, excesses, built.text));
}
