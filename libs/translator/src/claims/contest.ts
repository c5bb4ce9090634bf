import { compareText } from '@kubefigurator/config-model';
import type { Complaint } from '../diagnostics/diagnostics.ts';
import type { Intent } from '../intent/intent.ts';
import { folderOfPath } from '../options/values/certificate-file.ts';
import { findClaimConflict } from './conflicts.ts';
import type { NameOwners } from './name-owners.ts';
import type { Remembered } from './standing.ts';
import { EVERY_HOST } from './standing.ts';

/** An intent that asks for a bind. */
export interface Claimant {
  readonly intent: Intent;
  /** The `sourceKey` of the intent. */
  readonly key: string;
  /** Its place by age: the oldest has 0. */
  readonly rank: number;
  /** `*` or `::` if the intent claims the address as part of that; undefined if it names the address itself. */
  readonly through?: string;
}

/** What a source had on the bind and still names. */
export interface Memory extends Remembered {
  /** True if the source had the bind as part of every address (`*` or `::`). No wildcard of host names is meant. */
  readonly viaWildcard: boolean;
  /** True if the source asks for another mode now, or for TLS where it had none, or the reverse. */
  readonly asksForOther: boolean;
  /** True if the source asks for another certificate now than for any that the text names for it. */
  readonly asksForOtherFile: boolean;
  /** True if a guard holds this memory: its hosts stay kept also when the source is served with other hosts. */
  readonly guarded: boolean;
}

/** Claims on one address and port, before it is decided who has them. */
export interface Contest {
  readonly address: string;
  readonly port: number;
  readonly claimants: readonly Claimant[];
  /** By `sourceKey`. */
  readonly memories: ReadonlyMap<string, Memory>;
  /** Who has which host name on every bind. */
  readonly owners: NameOwners;
}

/** The state of one bind while claims on it are compared. */
export interface ContestedBind extends Contest {
  readonly holders: Claimant[];
  /** The claimant that has a host, by the host's name or `EVERY_HOST`. */
  readonly hosts: Map<string, Claimant>;
  /** What is kept for sources that aren't holders yet; first those that had the address itself, then by `sourceKey`. */
  readonly kept: Map<string, Memory>;
  /** For whom a host is kept: its `sourceKey`, by the host. */
  readonly keptHosts: ReadonlyMap<string, string>;
  /**
   * The sources for which the bind is kept in a mode, by `bindModeKey`. A source that now asks for another mode isn't
   * among them, unless a guard holds what it had: it doesn't keep others from choosing a mode.
   */
  readonly keptModes: ReadonlyMap<string, Set<string>>;
  /** Those of the holders, below the certificate folder. */
  readonly certificates: Set<string>;
  /** The folders of these; `/team` for `team/b.pem`. */
  readonly folders: Set<string>;
}

/** A bind after all claims on it are decided. */
export interface Decided {
  readonly address: string;
  readonly port: number;
  /** In the order of age. */
  readonly holders: readonly Claimant[];
  readonly losers: readonly { readonly claimant: Claimant; readonly complaint: Complaint }[];
  /** What stays reserved, by `sourceKey`. */
  readonly kept: ReadonlyMap<string, Memory>;
}

function byRank(a: Claimant, b: Claimant): number {
  return a.rank - b.rank;
}

/**
 * Decides the claims in the order of `phaseOf`, then by age: first those of sources that have the bind or for which it
 * is reserved. Each claimant gets the bind unless it conflicts with those before it, or with what is reserved for
 * others.
 */
export function decideClaims(contest: Contest): Decided {
  const bind = openContest(contest);
  const losers: { claimant: Claimant; complaint: Complaint }[] = [];
  for (const claimant of inOrderOfClaims(contest)) {
    const complaint = findClaimConflict(bind, claimant);
    if (complaint === undefined) hold(bind, claimant);
    else losers.push({ claimant, complaint });
  }
  const { address, port, holders, kept } = bind;
  holders.sort(byRank);
  // Looked for again, so that a message names who stands in the way in the end, whatever the order of decisions.
  const finalLosers = losers.map(({ claimant, complaint }) => ({
    claimant,
    complaint: findClaimConflict(bind, claimant) ?? complaint,
  }));
  return { address, port, holders, losers: finalLosers, kept: inModeOf(holders[0], kept) };
}

/**
 * What is kept on a bind, never contradicting what is served there. A memory of another mode or TLS than the holders'
 * takes theirs and keeps its hosts (a tcp one has none); if the holder is tcp, and so shares its bind with nobody, the
 * memory is dropped.
 */
function inModeOf(
  holder: Claimant | undefined,
  kept: ReadonlyMap<string, Memory>,
): ReadonlyMap<string, Memory> {
  if (holder === undefined) return kept;
  const { mode, tls } = holder.intent;
  const entries = [...kept].flatMap(([key, memory]): [string, Memory][] => {
    if (asksForSameMode(holder.intent, memory)) return [[key, memory]];
    if (mode === 'tcp') return [];
    const hosts = memory.mode === 'tcp' ? new Set<string>() : memory.hosts;
    return [[key, { ...memory, mode, tls: tls !== undefined, hosts }]];
  });
  return new Map(entries);
}

function openContest(contest: Contest): ContestedBind {
  const kept = [...contest.memories].sort(byDirectness);
  return {
    ...contest,
    holders: [],
    hosts: new Map(),
    kept: new Map(kept),
    keptHosts: keptHostsOf(kept),
    keptModes: keptModesOf(kept),
    certificates: new Set(),
    folders: new Set(),
  };
}

/** What was had on the address itself first. Faster than `compareBy`, since there may be thousands. */
function byDirectness([keyA, a]: [string, Memory], [keyB, b]: [string, Memory]): number {
  return Number(a.viaWildcard) - Number(b.viaWildcard) || compareText(keyA, keyB);
}

/** Hosts are kept for http sources only: what is kept of a tcp bind is its mode. */
function keptHostsOf(kept: readonly (readonly [string, Memory])[]): Map<string, string> {
  const http = kept.filter(([, { mode }]) => mode === 'http');
  return new Map(http.flatMap(([key, { hosts }]) => [...hosts].map((host) => [host, key] as const)));
}

function keptModesOf(kept: readonly (readonly [string, Memory])[]): Map<string, Set<string>> {
  const modes = new Map<string, Set<string>>();
  for (const [key, { mode, tls, asksForOther, guarded }] of kept) {
    if (asksForOther && !guarded) continue;
    const modeKey = `${mode} ${tls ? 'TLS' : 'plain'}`; // as `bindModeKey` gives it for an intent
    const keys = modes.get(modeKey) ?? new Set();
    modes.set(modeKey, keys.add(key));
  }
  return modes;
}

function hold(bind: ContestedBind, claimant: Claimant): void {
  const { intent, key } = claimant;
  bind.holders.push(claimant);
  const memory = bind.kept.get(key);
  const stillHeld = memory?.guarded === true ? withoutHosts(memory, claimedHostsOf(intent)) : undefined;
  if (stillHeld !== undefined && stillHeld.hosts.size > 0) bind.kept.set(key, stillHeld);
  else bind.kept.delete(key);
  for (const keys of bind.keptModes.values()) keys.delete(key);
  for (const host of claimedHostsOf(intent)) bind.hosts.set(host, claimant);
  if (intent.tls === undefined) return;
  bind.certificates.add(intent.tls.certificate);
  bind.folders.add(folderOfPath(`/${intent.tls.certificate}`));
}

function withoutHosts(memory: Memory, served: readonly string[]): Memory {
  const hosts = new Set(memory.hosts);
  for (const host of served) hosts.delete(host);
  return { ...memory, hosts };
}

/** The hosts that an intent claims on its bind. */
export function claimedHostsOf({ hosts }: Intent): readonly string[] {
  return hosts.length === 0 ? [EVERY_HOST] : hosts.map(({ name }) => name);
}

function inOrderOfClaims({ claimants, memories }: Contest): Claimant[] {
  const phases = claimants.map((claimant) => ({
    claimant,
    phase: phaseOf(claimant, memories.get(claimant.key)),
  }));
  return phases
    .sort((a, b) => a.phase - b.phase || byRank(a.claimant, b.claimant))
    .map(({ claimant }) => claimant);
}

/**
 * The place of a claim in the order of decisions; the lowest is first. Unchanged claims have 0 to 3: what the source had
 * on this very address (0, 1) before what it had as part of every address (2, 3), and served (0, 2) before reserved (1, 3).
 * A changed claim of a source that is remembered has 4: it can take nothing from unchanged ones, or from what is reserved
 * for others. A new claim has 5, and so has a changed one of a source for which an operator has released a host.
 */
function phaseOf({ intent }: Claimant, memory: Memory | undefined): number {
  if (memory === undefined) return 5;
  if (!isUnchanged(intent, memory)) return memory.released === true ? 5 : 4;
  return (memory.viaWildcard ? 2 : 0) + (memory.state === 'served' ? 0 : 1);
}

/** True for an unchanged claim on what the source has, or what is reserved for it, on this very address. */
export function isReturningClaim(claimant: Claimant, memories: ReadonlyMap<string, Memory>): boolean {
  const phase = phaseOf(claimant, memories.get(claimant.key));
  return phase === 0 || phase === 1;
}

function isUnchanged(intent: Intent, { mode, tls, hosts, asksForOtherFile }: Memory): boolean {
  if (asksForOtherFile || !asksForSameMode(intent, { mode, tls })) return false;
  return claimedHostsOf(intent).every((host) => hosts.has(host));
}

/** The mode of a bind, and whether it has TLS, as a key. */
export function bindModeKey({ mode, tls }: Intent): string {
  return `${mode} ${tls === undefined ? 'plain' : 'TLS'}`;
}

/** True if the intent asks for the same mode, and has TLS exactly if the other has it. */
export function asksForSameMode(intent: Intent, { mode, tls }: Pick<Remembered, 'mode' | 'tls'>): boolean {
  return intent.mode === mode && (intent.tls !== undefined) === tls;
}
