import type { Blame, Outcome } from '@kubefigurator/config-model';
import type { ConfigText, CopiesInUse, ParsedText } from '@kubefigurator/haproxy-config';
import { isolate, lower, parseConfigText, withStandIns } from '@kubefigurator/haproxy-config';
import { copiesInUse } from './copies.ts';
import { describeRefusedParts } from './known-fault.ts';
import { isTriedNow } from './refusal.ts';
import type { Answer, Attempt, Purpose, Target } from './decision.ts';
import type { KnownFault, Memory } from './memory.ts';
import type { Moment } from './moment.ts';
import type { KnownGood, Observation } from './observation.ts';
import type { WantedText } from './wanted.ts';

/** The text is rejected after this many checks that refused a part: the cause is then hardly in single parts. */
const MOST_REDUCTIONS = 25;

/**
 * Begins to apply a text. Parts that were refused before are left out at once, if the text is unchanged in these parts
 * and it isn't time to try them again; otherwise the whole text is tried.
 */
export function beginAttempt(
  wanted: WantedText,
  observation: Observation,
  memory: Memory,
  at: Moment,
): Attempt {
  const whole = { text: wanted.text, config: wanted.config };
  const source = { revision: wanted.revision, published: wanted.hash, copies: copiesInUse(observation) };
  const begun = (target: Target, isTrial: boolean): Attempt => ({
    ...NEW,
    purpose: { kind: 'apply' },
    whole,
    target,
    isTrial,
  });
  const { fault } = memory;
  if (fault === undefined || describeRefusedParts(wanted.config, fault.blame) !== fault.parts)
    return begun(targetOf(whole, source, [], observation), false);
  if (triesRefused(observation, memory, at)) return begun(targetOf(whole, source, [], observation), true);
  const rest = withoutRefused(whole, fault.blame, {
    whole: whole.config,
    served: servedNow(observation),
    standIns: observation.standIns,
  });
  return rest === undefined
    ? begun(targetOf(whole, source, [], observation), false)
    : begun(targetOf(rest, source, fault.blame, observation), false);
}

const NEW = { isValid: false, isDoubtful: false, reductions: 0, rejection: undefined } as const;

function triesRefused({ causes }: Observation, { refusal }: Memory, { now, triggers }: Moment): boolean {
  return triggers.has('signal') || (refusal !== undefined && isTriedNow(refusal, { causes, now }));
}

/** Begins to put the last known good release back; it was judged and checked when it was applied. */
export function beginRepair(
  { ledger, release }: KnownGood,
  purpose: Extract<Purpose, { kind: 'repair' }>,
  known: ConfigText | undefined,
): Attempt {
  const parsed = { text: release.text, config: parseConfigText(release.text, known) };
  const target = { ...parsed, release, portable: parsed, leftOut: [], published: ledger.published };
  return { ...NEW, purpose, whole: parsed, target, isTrial: false };
}

/** Leaves the refused parts out of the text; if that isn't possible or allowed, the text is rejected and what runs is kept. */
export function reduceAttempt(
  attempt: Attempt,
  answer: Extract<Answer, { kind: 'refused' }>,
  { observation, strict }: { readonly observation: Observation; readonly strict: boolean },
): Attempt {
  const { target } = attempt;
  const leftOut = [...target.leftOut, ...answer.blame];
  const isOver = strict || attempt.reductions >= MOST_REDUCTIONS;
  const rest = isOver
    ? undefined
    : withoutRefused(target.portable, answer.blame, {
        whole: attempt.whole.config,
        served: servedNow(observation),
        standIns: answer.standIns,
        before: target.leftOut,
      });
  if (rest === undefined) {
    const rejection: Outcome = { kind: 'rejected', stage: answer.stage, blame: leftOut };
    return { ...attempt, rejection };
  }
  const { revision } = target.release;
  const source = { revision, published: target.published, copies: copiesInUse(observation) };
  return {
    ...attempt,
    target: targetOf(rest, source, leftOut, observation),
    reductions: attempt.reductions + 1,
  };
}

interface Reduction {
  /** The text before anything was left out. */
  readonly whole: ConfigText;
  /** The text that HAProxy runs, or may run if there is no proof. */
  readonly served: ConfigText | undefined;
  readonly standIns: ReadonlyMap<string, string>;
  /** The parts that were left out of the text before. */
  readonly before?: readonly Blame[];
}

function withoutRefused(
  { text, config }: ParsedText,
  blame: readonly Blame[],
  { whole, served, standIns, before = [] }: Reduction,
): ParsedText | undefined {
  const isolation = isolate(text, blame, { running: served, whole });
  if (isolation.kind === 'impossible') return undefined;
  const files = [...before, ...blame].flatMap(({ file }) => file ?? []);
  const rest = withStandIns(isolation.text, standIns, files);
  // A refused file can't be left out if its folder can't be read, or if HAProxy refuses the file in another place too.
  return rest === text ? undefined : { text: rest, config: parseConfigText(rest, config) };
}

/** The parts to leave out at once of later texts, since this text was accepted without them. */
export function faultOf({ whole, target }: Attempt): KnownFault | undefined {
  const { leftOut } = target;
  if (leftOut.length === 0) return undefined;
  return {
    blame: leftOut,
    parts: describeRefusedParts(whole.config, leftOut),
  };
}

interface Source {
  readonly revision: string;
  readonly published: string | undefined;
  /** Copies of certificates that the release names instead of their files. */
  readonly copies: CopiesInUse;
}

/** Lowers a portable text to the release of this host. */
export function targetOf(
  portable: ParsedText,
  { revision, published, copies }: Source,
  leftOut: readonly Blame[],
  { needs, running }: Pick<Observation, 'needs' | 'running'>,
): Target {
  const release = lower(portable, revision, { needs, copies });
  const config =
    release.text === portable.text ? portable.config : parseConfigText(release.text, running?.config);
  return { text: release.text, config, release, portable, leftOut, published };
}

/** Without proof of what runs, the last known good text or the file may run. */
function servedNow({ running, good, onDisk }: Observation): ConfigText | undefined {
  const text = good?.release.text ?? onDisk;
  return running?.config ?? (text === undefined ? undefined : parseConfigText(text));
}
