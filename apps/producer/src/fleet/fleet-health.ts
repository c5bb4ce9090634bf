import { type HostStatus, warningsOfStatus } from '@kubefigurator/config-model';
import type { PinReading, RegisteredHost } from '@kubefigurator/etcd-store';
import type { PublishedText } from '../explain/facts.ts';
import { whyUnseen } from '../explain/hosts.ts';
import type { HeldBoard } from '../publish/guard/held-board.ts';
import type { Signature } from '../publish/guard/held-record.ts';
import { judgePin, type PinJudgement } from '../publish/pin/judge-pin.ts';
import type { LineDifference } from '../publish/pin/line-difference.ts';
import { parsePinMarker, type PinMarker } from '../publish/pin/pin-marker.ts';
import { parseUnpublished } from '../publish/pin/unpublished.ts';
import { troublesOfHost } from './host-troubles.ts';
import {
  judgeLead,
  judgePathOwnership,
  type LeadFacts,
  type LeadState,
  type PathOwnership,
} from '../publish/lead.ts';

/** What was read from etcd to judge the fleet. */
export interface FleetFacts extends LeadFacts {
  /** The key of the config text. */
  readonly key: string;
  /** The text, or why there is none. */
  readonly published: PublishedText | { readonly problem: string };
  readonly hosts: readonly RegisteredHost[];
  readonly board: HeldBoard;
  /** The marker of a pin; undefined if etcd denies it to this user. */
  readonly pin?: PinReading | undefined;
  /** What the producer that leads says of the text that it doesn't publish meanwhile. */
  readonly unpublished?: string | undefined;
}

/** `unknown`: nothing current is known, since the host's agent doesn't run or its status is missing or can't be read. */
export type SyncState = 'yes' | 'no' | 'unknown';

export interface HostHealth {
  readonly host: string;
  readonly alive: boolean;
  /** `yes` if the host runs all of the text in etcd, and nobody has changed it there. */
  readonly inSync: SyncState;
  /** Why `inSync` is `no` or `unknown`, a sentence each; empty for `yes`. */
  readonly troubles: readonly string[];
  /** What an operator has to correct although it doesn't affect `inSync`. */
  readonly warnings: readonly string[];
  /** The last status that the host wrote; absent if there is none or it can't be read. */
  readonly status?: HostStatus;
}

export interface FleetHealth {
  readonly key: string;
  /**
   * True if there is a text and a host, every host is alive and in sync, publications are neither held, paused nor pinned, and
   * a producer leads if one has published last.
   */
  readonly healthy: boolean;
  /** The revision of the text; absent if there is none. */
  readonly revision?: string;
  /** Why there is no text. */
  readonly problem?: string;
  /** Who leads; absent if etcd doesn't let this user know. */
  readonly leader?: LeadState;
  /** To which cluster the path belongs; absent if that isn't known. */
  readonly owner?: PathOwnership;
  readonly hosts: readonly HostHealth[];
  readonly held?: NonNullable<HeldBoard['record']>;
  readonly paused?: NonNullable<HeldBoard['pause']>;
  /** Approvals that no producer has obeyed yet. */
  readonly approvals: readonly NonNullable<HeldBoard['pause']>[];
  readonly pinned?: PinState;
}

/** What is pinned, or is not any more but waits for a publication. */
export interface PinState extends Signature {
  readonly state: PinMarker['kind'];
  /** The revision in the history; absent if the marker doesn't say it. */
  readonly revision?: string;
  /** How the key compares with what is pinned; absent if nothing is pinned any more. */
  readonly judgement?: PinJudgement;
  /** How many lines the text that would be published has more and less; absent if no producer has said it. */
  readonly difference?: LineDifference;
}

/** Judges each host, and the fleet by its hosts and by what operators and guards have stopped. */
export function judgeFleet(facts: FleetFacts): FleetHealth {
  const { key, published, hosts, board } = facts;
  const pinned = pinStateOf(facts);
  const lead = leadOf(facts);
  const judged = hosts.map((host) => judgeFleetHost(host, published));
  const { record, pause, approvals } = board;
  const areAllInSync = judged.length > 0 && judged.every(({ alive, inSync }) => alive && inSync === 'yes');
  return {
    key,
    healthy:
      areAllInSync && 'text' in published && !isStopped(board, pinned) && lead.leader?.state !== 'missing',
    ...('text' in published ? { revision: published.revision } : { problem: published.problem }),
    ...lead,
    hosts: judged,
    ...(record === undefined ? {} : { held: record }),
    ...(pause === undefined ? {} : { paused: pause }),
    approvals: approvals.map(({ signature }) => signature),
    ...(pinned === undefined ? {} : { pinned }),
  };
}

function leadOf(facts: LeadFacts): Pick<FleetHealth, 'leader' | 'owner'> {
  const leader = judgeLead(facts);
  const owner = judgePathOwnership(facts);
  return { ...(leader === undefined ? {} : { leader }), ...(owner === undefined ? {} : { owner }) };
}

function isStopped({ record, pause }: HeldBoard, pinned: PinState | undefined): boolean {
  return record !== undefined || pause !== undefined || pinned !== undefined;
}

function pinStateOf({ pin, unpublished, record, published }: FleetFacts): PinState | undefined {
  if (pin?.value === undefined) return undefined;
  const { kind: state, text, signature } = parsePinMarker(pin.value);
  const hash = 'hash' in published ? published.hash : undefined;
  const judgement = judgePin({ marker: { text }, markerRevision: pin.revision, record, hash });
  const said = parseUnpublished(unpublished);
  const isOfThis = said?.marker === pin.revision;
  return {
    state,
    ...(text === undefined ? {} : { revision: text.revision }),
    ...signature,
    ...(state === 'pinned' ? { judgement } : {}),
    ...(isOfThis ? { difference: { added: said.added, removed: said.removed } } : {}),
  };
}

function judgeFleetHost(
  { host, status: parsed, isAlive: alive }: RegisteredHost,
  published: FleetFacts['published'],
): HostHealth {
  const unknown = (trouble: string): HostHealth => ({
    ...{ host, alive, inSync: 'unknown', troubles: [trouble], warnings: [] },
  });
  if (parsed === undefined) return unknown('its agent runs and has not written its status yet');
  if (parsed.kind === 'unreadable') {
    const whyDead = alive ? '' : "its agent doesn't run, and ";
    return unknown(`${whyDead}its status can't be read: ${parsed.reason}`);
  }
  const { status } = parsed;
  const warnings = warningsOfStatus(status);
  if (!alive) {
    const trouble = `its agent doesn't run; ${whatItRan(status)} (if the host is gone for good: kubefigurator-producer forget)`;
    return { host, alive, inSync: 'unknown', troubles: [trouble], warnings, status };
  }
  const troubles = [...whyAnotherText(status, published), ...troublesOfHost(status)];
  return { host, alive, inSync: troubles.length === 0 ? 'yes' : 'no', troubles, warnings, status };
}

/** Why the host hasn't seen the published text; empty if it has, or if its own troubles say why. */
function whyAnotherText(status: HostStatus, published: FleetFacts['published']): readonly string[] {
  if (!('text' in published) || status.seen?.hash === published.hash) return [];
  // `troublesOfHost` reports a host that waits, or that doesn't reach etcd.
  if (status.pending !== undefined || status.blindSince !== undefined) return [];
  return [whyUnseen(status, published)];
}

function whatItRan({ applied, outcome }: HostStatus): string {
  const last = outcome === undefined ? '' : `, and its last word is of ${outcome.at}`;
  return applied === undefined
    ? `it has applied nothing${last}`
    : `it ran revision ${applied.revision}${last}`;
}
