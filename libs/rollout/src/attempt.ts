import type { Blame } from '@kubefigurator/config-model';
import type { ConfigText, CopiesInUse, ParsedText } from '@kubefigurator/haproxy-config';
import {
  bindPoints,
  freshPorts,
  isolate,
  lower,
  parseConfigText,
  suspectServicesOf,
} from '@kubefigurator/haproxy-config';
import { copiesInUse } from './copies.ts';
import { describeRefusedParts } from './known-fault.ts';
import { isRefusalTriedNow } from './refusal.ts';
import type { Attempt, Purpose, Target } from './decision.ts';
import type { KnownFault, Memory } from './memory.ts';
import type { Moment } from './moment.ts';
import type { KnownGood, Observation } from './observation.ts';
import type { WantedText } from './wanted.ts';

/** After so many failed reloads in a row, what is new is left out: a reload that fails names no Service. */
const FAILED_RELOADS_OF_NEW = 2;

/**
 * Begins to apply a text. Parts that were refused before are left out at once, if the text is unchanged in these parts,
 * it isn't time to try them again, and they can be left out; otherwise the whole text is tried. While reloads fail and no
 * such parts are known, the text is tried without all new ports, so that changes of ports that run go live.
 */
export function beginAttempt(
  wanted: WantedText,
  observation: Observation,
  memory: Memory,
  at: Moment,
): Attempt {
  const whole = { text: wanted.text, config: wanted.config };
  const origin = { revision: wanted.revision, published: wanted.hash, copies: copiesInUse(observation) };
  const entire = lowerTarget(whole, origin, [], observation);
  const attempt: Attempt = { ...NEW, purpose: { kind: 'apply' }, whole, target: entire, isTrial: false };
  const { fault } = memory;
  const isKnownFault =
    fault !== undefined && describeRefusedParts(wanted.config, fault.blame) === fault.parts;
  if (!isKnownFault) return leaveOutNew(attempt, observation, memory);
  if (isTimeToRetry(observation, memory, at)) return { ...attempt, isTrial: true };
  const losable = { running: textServedNow(observation), whole: whole.config };
  const rest = isolate(whole, fault.blame, losable);
  if (rest.kind !== 'reduced') return attempt;
  const reduced = reduceTarget(entire, rest, fault.blame, observation);
  // A target from which nothing could be taken must not say that parts are left out.
  return isSameTarget(reduced, entire) ? attempt : { ...attempt, target: reduced };
}

/** The attempt without all new ports, if reloads fail and the rest can be served without them. */
function leaveOutNew(attempt: Attempt, observation: Observation, { reloads }: Memory): Attempt {
  if (reloads.failures < FAILED_RELOADS_OF_NEW) return attempt;
  const { whole, target } = attempt;
  const running = textServedNow(observation);
  const fresh = suspectServicesOf(freshPorts(whole.config, running).filter(({ isNew }) => isNew));
  if (fresh.length === 0) return attempt;
  const message = `is new and is tried later, since HAProxy didn't start with the text and named nobody: ${reloads.failure ?? ''}`;
  const blame = fresh.map(({ ports }) => ({ sources: ports, message }));
  const rest = isolate(whole, blame, { running, whole: whole.config });
  if (rest.kind !== 'reduced' || bindPoints(rest.config, 1).length === 0) return attempt;
  return {
    ...attempt,
    target: reduceTarget(target, rest, blame, observation),
    reductions: 1,
    isCostly: true,
  };
}

const NEW = {
  isValid: false,
  isDoubtful: false,
  reductions: 0,
  isExhausted: false,
  isCostly: false,
  search: undefined,
  rejection: undefined,
} as const;

/**
 * What is known of a text that the gate refused for some of its lines: nothing of it is applied, but servers of the
 * sections in which nothing is wrong may be.
 */
export function beginRefused(
  sound: ParsedText,
  { revision, hash }: { readonly revision: string; readonly hash: string },
  rejection: NonNullable<Attempt['rejection']>,
  observation: Observation,
): Attempt {
  const origin = { revision, published: hash, copies: copiesInUse(observation) };
  const target = lowerTarget(sound, origin, [], observation);
  return { ...NEW, purpose: { kind: 'apply' }, whole: sound, target, isTrial: false, rejection };
}

/** True if the refused parts are tried again now. */
function isTimeToRetry({ causes }: Observation, { refusal }: Memory, { now, triggers }: Moment): boolean {
  return triggers.has('signal') || (refusal !== undefined && isRefusalTriedNow(refusal, { causes, now }));
}

/** Begins to put the last known good release back; the gate isn't asked again, since it accepted that text before. */
export function beginRepair(
  { ledger, release }: KnownGood,
  purpose: Extract<Purpose, { kind: 'repair' }>,
  known: ConfigText | undefined,
): Attempt {
  const { text, files } = release;
  const parsed = { text, files, config: parseConfigText(text, known) };
  const target = { ...parsed, release, portable: parsed, leftOut: [], published: ledger.published };
  return { ...NEW, purpose, whole: parsed, target, isTrial: false };
}

/**
 * The target with another portable text, of which these parts were left out. A refused file that no Service asked for
 * is left out of lists of certificates only: where a text names the file itself, it stays.
 */
export function reduceTarget(
  { portable, release, published }: Target,
  { text, config }: ParsedText,
  leftOut: readonly Blame[],
  observation: Observation,
): Target {
  const origin = { revision: release.revision, published, copies: copiesInUse(observation) };
  return lowerTarget({ text, config, files: portable.files }, origin, leftOut, observation);
}

/** True if leaving parts out has changed nothing: neither the text of etcd nor this host's release of it. */
export function isSameTarget(reduced: Target, target: Target): boolean {
  return reduced.text === target.text && reduced.portable.text === target.portable.text;
}

/** The whole text of an attempt as this host would run it; only certificates that were refused are not in its lists. */
export function wholeTarget({ whole, target }: Attempt, observation: Observation): Target {
  return reduceTarget(target, whole, target.leftOut, observation);
}

/** The parts to leave out at once of later texts, since this text was accepted without them. */
export function knownFaultOfAttempt({ whole, target }: Attempt): KnownFault | undefined {
  const { leftOut } = target;
  if (leftOut.length === 0) return undefined;
  return {
    blame: leftOut,
    parts: describeRefusedParts(whole.config, leftOut),
  };
}

/** Where a target comes from. */
interface Origin {
  readonly revision: string;
  readonly published: string | undefined;
  /** Copies of certificates that the release names instead of their files. */
  readonly copies: CopiesInUse;
}

/** Lowers a portable text to the release of this host. */
export function lowerTarget(
  portable: ParsedText,
  { revision, published, copies }: Origin,
  leftOut: readonly Blame[],
  { needs, lists, running }: Pick<Observation, 'needs' | 'lists' | 'running'>,
): Target {
  const refused = leftOut.flatMap(({ file }) => file ?? []);
  const lowered = lower(portable, revision, { needs, lists, copies, refused });
  // A text that was lowered before still names its own files.
  const files = [...lowered.files, ...(portable.files ?? [])];
  const { text } = lowered;
  const config = text === portable.text ? portable.config : parseConfigText(text, running?.config);
  return { text, config, files, release: { ...lowered, files }, portable, leftOut, published };
}

/**
 * What HAProxy is proven to run, else the last known good text, else the live file; undefined if there is none of
 * them.
 */
export function textServedNow({ running, good, onDisk }: Observation): ConfigText | undefined {
  const text = good?.release.text ?? onDisk;
  return running?.config ?? (text === undefined ? undefined : parseConfigText(text));
}
