import type { ReleaseRequest } from '@kubefigurator/etcd-store';
import {
  type ClusterSnapshot,
  type LeftOutServices,
  mergeDiagnostics,
  type RunStage,
  type TranslatorSettings,
} from '@kubefigurator/translator';
import { type Compilation, compile, type CompileOptions } from './compile.ts';
import { ROOM } from './publish/excess.ts';
import type { IsApproved } from './publish/guard/decide.ts';
import { diagnoseHeld } from './publish/guard/diagnose.ts';
import type { Guard, Judgement } from './publish/guard/guard.ts';
import { standingPartsOf } from './publish/releases.ts';

export interface GuardedOptions {
  /** As in `CompileOptions`. */
  readonly noticed?: CompileOptions['noticed'];
  /** How large a text may be; by default the limits of the hosts and of etcd. */
  readonly room?: Pick<CompileOptions, 'excess' | 'limits'>;
  /** The standing text. */
  readonly before: string | undefined;
  readonly releases: readonly ReleaseRequest[];
  readonly guard: Guard;
  readonly isApproved: IsApproved;
  /** As in `Circumstances`. */
  readonly now: number;
  readonly listedAt: number | undefined;
  readonly run?: RunStage;
  /** As the compilation before left it. */
  readonly leftOutBefore?: LeftOutTwice | undefined;
}

/** What was left out of the text that is asked for, and of the text with what is held. */
export interface LeftOutTwice {
  readonly asked: LeftOutServices;
  readonly guarded: LeftOutServices;
}

/** How often a text is compiled with what is held, at most: again if that took something from somebody else. */
const MOST_ROUNDS = 4;

/** A text that may be published, and what a guard holds in it. */
export interface GuardedCompilation extends Compilation {
  readonly judgement: Judgement;
  /** For the next compilation. */
  readonly leftOutOfBoth: LeftOutTwice;
}

/**
 * Compiles, and if the guard holds a part of what would go, compiles once more with it: what is held is a claim like any
 * other then.
 */
export function compileGuarded(
  snapshot: ClusterSnapshot,
  settings: TranslatorSettings,
  { before, releases, guard, isApproved, now, listedAt, ...rest }: GuardedOptions,
): GuardedCompilation {
  const { run, leftOutBefore, noticed = [], room = ROOM } = rest;
  const parts = standingPartsOf(before, releases, settings.limits);
  const options = { noticed, ...parts, ...room, ...(run === undefined ? {} : { run }) };
  const standing = { text: before, claims: parts.standing };
  const about = { isApproved, now, listedAt };
  const asked = compile(snapshot, settings, { ...options, leftOutBefore: leftOutBefore?.asked });
  let judgement = guard.judge(standing, asked, about);
  let compiled = asked;
  for (let round = 0; round < MOST_ROUNDS && judgement.verdict.held.length > 0; round += 1) {
    const { guarded } = judgement;
    const leftOut = round === 0 ? leftOutBefore?.guarded : compiled.leftOut;
    compiled = compile(snapshot, settings, { ...options, guarded, leftOutBefore: leftOut });
    const next = guard.judgeAgain(judgement, standing, compiled, about);
    if (next === judgement) break;
    judgement = next;
  }
  const held = diagnoseHeld(judgement.verdict, settings.cluster);
  return {
    ...compiled,
    diagnostics: mergeDiagnostics([...compiled.diagnostics, ...held]),
    judgement,
    leftOutOfBoth: { asked: asked.leftOut, guarded: compiled.leftOut },
  };
}
