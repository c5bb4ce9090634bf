import { sourceKey } from '@kubefigurator/config-model';
import {
  type Guarded,
  type Inventory,
  NOTHING_GUARDED,
  readInventory,
  type StandingClaims,
} from '@kubefigurator/translator';
import {
  decide,
  type GuardMemory,
  type GuardSettings,
  type IsApproved,
  isLost,
  lostBinds,
  NO_MEMORY,
  NOTHING_HELD,
  type Verdict,
} from './decide.ts';
import { guardedPartsOf } from './guarded-parts.ts';
import { hostsIn, idsIn, type Losses, lossesOf, type LostHost, withoutHosts } from './losses.ts';
import { NO_PEAKS, type Peaks, recordChange } from './peaks.ts';

/** The text that stands, and its claims without what an operator has freed. */
export interface StandingText {
  readonly text: string | undefined;
  readonly claims: StandingClaims;
}

/** A text that might replace it. */
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

/** A verdict, and what has to be compiled because of it. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly guarded: Guarded;
  readonly losses: Losses | undefined;
  /** What stood; undefined if nothing did, or if the text is the same. */
  readonly before: Inventory | undefined;
}

/** Compares each text with the one that stands before it is published, and remembers what was held and how much there was. */
export interface Guard {
  readonly judge: (standing: StandingText, candidate: Candidate, about: Circumstances) => Judgement;
  /**
   * Judges the text that was made of a judgement: what is held may stand in the way of another Service, which loses then what
   * stands. The same judgement if nothing more is lost.
   */
  readonly judgeAgain: (
    judgement: Judgement,
    standing: StandingText,
    candidate: Candidate,
    about: Circumstances,
  ) => Judgement;
  /** Forgets everything; the Services are those of which a producer that ran before has held hosts. To be called before the first judgement. */
  readonly resume: (heldServices: Iterable<string>) => void;
  /** To be called once etcd has confirmed the text that was made of this judgement. */
  readonly published: (judgement: Judgement, text: Candidate, now: number) => void;
}

interface Compared {
  readonly losses: Losses;
  readonly before: Inventory;
  readonly text: string;
  readonly claims: StandingClaims;
}

const NOTHING_LOST: Judgement = {
  verdict: NOTHING_HELD,
  guarded: NOTHING_GUARDED,
  losses: undefined,
  before: undefined,
};

export function createGuard(settings: GuardSettings): Guard {
  let memory: GuardMemory = NO_MEMORY;
  /** What the last published text has, so that it needn't be read again. */
  let known: { readonly text: string; readonly inventory: Inventory } | undefined;

  function judge({ text, claims }: StandingText, candidate: Candidate, about: Circumstances): Judgement {
    if (!settings.guards || text === undefined || text === candidate.text) return NOTHING_LOST;
    const { binds, backends } = known?.text === text ? known.inventory : readInventory(text, claims);
    const before = { binds: withoutReleased(binds, claims), backends };
    return settle(
      { losses: lossesOf(before, candidate.inventory(), memory.fresh), before, text, claims },
      about,
    );
  }

  function settle(compared: Compared, about: Circumstances): Judgement {
    const { losses, before, text, claims } = compared;
    const verdict = decide({ losses, memory, settings, ...about });
    const guarded = verdict.held.length === 0 ? NOTHING_GUARDED : guardedPartsOf(verdict.held, text, claims);
    return { verdict, guarded, losses, before };
  }

  return {
    judge,
    judgeAgain: (judgement, { text, claims }, candidate, about) => {
      const { losses, before } = judgement;
      if (losses === undefined || before === undefined || text === undefined) return judgement;
      const known = new Set(losses.hosts.map(({ id }) => id));
      const { hosts } = lossesOf(before, candidate.inventory(), memory.fresh);
      const more = hosts.filter(({ id, taken }) => !taken && !known.has(id));
      if (more.length === 0) return judgement;
      const all = { ...losses, hosts: [...losses.hosts, ...more] };
      return settle({ losses: all, before, text, claims }, about);
    },
    resume: (heldServices) => {
      memory = { ...NO_MEMORY, heldServices: new Set(heldServices) };
      known = undefined;
    },
    published: (judgement, { text, inventory }, now) => {
      if (!settings.guards) return;
      const after = inventory();
      memory = rememberPublished(memory, judgement, after, now);
      known = { text, inventory: after };
    },
  };
}

/** Hosts that an operator has freed aren't lost to anybody. */
function withoutReleased(binds: Inventory['binds'], claims: StandingClaims): Inventory['binds'] {
  return new Map(
    [...binds].flatMap(([key, bind]) => {
      const sources = claims.get(key)?.sources;
      if (sources === undefined) return [];
      const left = [...bind.hosts].filter(
        ([host, source]) => sources.get(sourceKey(source))?.hosts.has(host) === true,
      );
      return left.length === 0 ? [] : [[key, { ...bind, hosts: new Map(left) }] as const];
    }),
  );
}

/** The memory once a text is published: what is held of it, and how much there was before. */
export function rememberPublished(
  memory: GuardMemory,
  { verdict, losses, before }: Omit<Judgement, 'guarded'>,
  after: Inventory,
  now: number,
): GuardMemory {
  const lostOf = (list: Verdict['held']): LostHost[] =>
    list.flatMap(({ hosts }) => hosts.filter((host) => isLost(host, memory)));
  const [agreed, kept] = [lostOf(verdict.approved), lostOf(verdict.held)];
  const gone = losses === undefined ? new Set<string>() : lostBinds(losses, memory);
  const bindsOf = (list: readonly LostHost[]): Set<string> =>
    new Set(list.map(({ bind }) => bind).filter((bind) => gone.has(bind)));
  const held = new Set(
    verdict.held.flatMap(({ service, hosts: own }) => (own.length === 0 ? [] : [service])),
  );
  const fresh = verdict.isInDoubt ? freshIn(after, before, memory.fresh) : new Set<string>();
  const [was, is] = [withoutHosts(before ?? after, memory.fresh), withoutHosts(after, fresh)];
  const hosts = { before: hostsIn(was), after: hostsIn(is), agreed: agreed.length };
  return {
    hosts: recordChange(memory.hosts, hosts, now),
    binds: recordChange(
      memory.binds,
      { before: was.binds.size, after: is.binds.size, agreed: bindsOf(agreed).size },
      now,
    ),
    servers: serverPeaks(memory, { verdict, losses }, now),
    heldServices: new Set([...memory.heldServices].filter((service) => held.has(service))),
    heldServers: verdict.heldServers,
    heldHosts: new Set(kept.map(({ id }) => id)),
    heldBinds: bindsOf(kept),
    fresh,
  };
}

/** What a text has that the one before hasn't, and what of that was fresh already. */
function freshIn(
  after: Inventory,
  before: Inventory | undefined,
  known: ReadonlySet<string>,
): ReadonlySet<string> {
  const stood = idsIn(before ?? after);
  return new Set([...idsIn(after)].filter((id) => known.has(id) || !stood.has(id)));
}

/** A backend whose loss was agreed to, or confirmed, starts anew. */
function serverPeaks(
  memory: GuardMemory,
  { verdict, losses }: Pick<Judgement, 'verdict' | 'losses'>,
  now: number,
): ReadonlyMap<string, Peaks> {
  const held = new Map(
    verdict.held.flatMap(({ servers }) => servers.map(({ source, names }) => [sourceKey(source), names])),
  );
  const approved = new Set(
    verdict.approved.flatMap(({ servers }) => servers.map(({ source }) => sourceKey(source))),
  );
  const peaks = new Map(memory.servers);
  for (const { source, successor, names, kept } of losses?.servers ?? []) {
    const key = sourceKey(source);
    const gone = names.filter((name) => held.get(key)?.includes(name) !== true);
    const isAgreed = approved.has(key) || gone.some((name) => memory.heldServers.has(name));
    const before = kept + names.length;
    const change = { before, after: before - gone.length, agreed: 0 };
    const next = isAgreed ? NO_PEAKS : recordChange(peaks.get(key) ?? NO_PEAKS, change, now);
    peaks.delete(key);
    if (next.length > 0) peaks.set(sourceKey(successor), next);
  }
  return peaks;
}
