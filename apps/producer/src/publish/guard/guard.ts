import { sourceKey } from '@kubefigurator/config-model';
import {
  type Guarded,
  type Inventory,
  NOTHING_GUARDED,
  readInventory,
  type StandingClaims,
} from '@kubefigurator/translator';
import {
  decideHeldLosses,
  type GuardMemory,
  type GuardSettings,
  type IsApproved,
  NO_MEMORY,
  NOTHING_HELD,
  type Verdict,
} from './decide.ts';
import { guardedPartsOf } from './guarded-parts.ts';
import type { Losses } from './losses.ts';
import { compareWith, rememberPublished } from './memory.ts';

/** The text that stands, and its claims without what an operator has freed. */
export interface StandingText {
  readonly text: string | undefined;
  readonly claims: StandingClaims;
}

/** A text that may replace the standing one. */
export interface Candidate {
  readonly text: string;
  readonly inventory: () => Inventory;
}

export interface Circumstances {
  readonly isApproved: IsApproved;
  /** Milliseconds of a clock that never goes back. */
  readonly now: number;
  /** As in `GuardInput`. */
  readonly listedAt: number | undefined;
}

/** A verdict, and what the next compilation has to keep because of it. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly guarded: Guarded;
  /** Undefined if nothing was compared: without guards, without a standing text, or if the text is the same. */
  readonly losses: Losses | undefined;
  /** As in `GuardInput`; undefined like `losses`. */
  readonly lasting: Losses | undefined;
  /** What clients can reach by the standing text, without what is released; undefined like `losses`. */
  readonly before: Inventory | undefined;
}

/**
 * Compares each text with the standing one before it is published, and remembers what was held and how much there
 * was.
 */
export interface Guard {
  readonly judge: (standing: StandingText, candidate: Candidate, about: Circumstances) => Judgement;
  /**
   * Judges the candidate that was compiled with what `judgement` holds: this may displace another Service, which then
   * loses something of the standing text. Returns the same object if nothing more is lost.
   */
  readonly judgeAgain: (
    judgement: Judgement,
    standing: StandingText,
    candidate: Candidate,
    about: Circumstances,
  ) => Judgement;
  /**
   * Forgets everything but these Services, of which a producer that ran before has held hosts. To be called before
   * the first judgement.
   */
  readonly resume: (heldServices: Iterable<string>) => void;
  /** To be called once etcd has confirmed the text, which was compiled with what this judgement holds. */
  readonly published: (judgement: Judgement, candidate: Candidate, now: number) => void;
}

/** The losses of a candidate, and what stood. */
interface Compared {
  readonly losses: Losses;
  readonly lasting: Losses;
  readonly before: Inventory;
  readonly text: string;
  readonly claims: StandingClaims;
}

const NOTHING_LOST: Judgement = {
  verdict: NOTHING_HELD,
  guarded: NOTHING_GUARDED,
  losses: undefined,
  lasting: undefined,
  before: undefined,
};

export function createGuard(settings: GuardSettings): Guard {
  let memory: GuardMemory = NO_MEMORY;
  /** What clients can reach by the text that was published last, so that it needn't be parsed again. */
  let lastPublished: { readonly text: string; readonly inventory: Inventory } | undefined;

  function judge({ text, claims }: StandingText, candidate: Candidate, about: Circumstances): Judgement {
    if (!settings.guards || text === undefined || text === candidate.text) return NOTHING_LOST;
    const { binds, backends } =
      lastPublished?.text === text ? lastPublished.inventory : readInventory(text, claims);
    const before = { binds: withoutReleased(binds, claims), backends };
    return settle({ ...compareWith(memory, before, candidate.inventory()), before, text, claims }, about);
  }

  function settle(compared: Compared, about: Circumstances): Judgement {
    const { losses, lasting, before, text, claims } = compared;
    const verdict = decideHeldLosses({ losses, lasting, memory, settings, ...about });
    const guarded = verdict.held.length === 0 ? NOTHING_GUARDED : guardedPartsOf(verdict.held, text, claims);
    return { verdict, guarded, losses, lasting, before };
  }

  return {
    judge,
    judgeAgain: (judgement, { text, claims }, candidate, about) => {
      const { losses, lasting, before } = judgement;
      if (losses === undefined || lasting === undefined || before === undefined || text === undefined)
        return judgement;
      const again = compareWith(memory, before, candidate.inventory());
      const all = withLossesOf(losses, again.losses);
      if (all === losses) return judgement;
      const stable = lasting === losses ? all : withLossesOf(lasting, again.lasting);
      return settle({ losses: all, lasting: stable, before, text, claims }, about);
    },
    resume: (heldServices) => {
      memory = { ...NO_MEMORY, heldServices: new Set(heldServices) };
      lastPublished = undefined;
    },
    published: (judgement, { text, inventory }, now) => {
      if (!settings.guards) return;
      const after = inventory();
      memory = rememberPublished(memory, judgement, after, now);
      lastPublished = { text, inventory: after };
    },
  };
}

/** Without the hosts that have no claim any more, since an operator has freed them: nobody loses those. */
function withoutReleased(binds: Inventory['binds'], claims: StandingClaims): Inventory['binds'] {
  return new Map(
    [...binds].flatMap(([key, bind]) => {
      const sources = claims.get(key)?.sources;
      if (sources === undefined) return [];
      const left = [...bind.hosts].filter(
        ([host, source]) => sources.get(sourceKey(source))?.hosts.has(host) === true,
      );
      if (left.length === 0) return [];
      return [[key, left.length === bind.hosts.size ? bind : { ...bind, hosts: new Map(left) }] as const];
    }),
  );
}

/**
 * The first losses, and the hosts that only the second ones lose, unless another Service has them; the same object if
 * there are none.
 */
function withLossesOf(losses: Losses, { hosts: again }: Losses): Losses {
  const known = new Set(losses.hosts.map(({ id }) => id));
  const more = again.filter(({ id, taken }) => !taken && !known.has(id));
  return more.length === 0 ? losses : { ...losses, hosts: [...losses.hosts, ...more] };
}
