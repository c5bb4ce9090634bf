import type { SourceRef } from '@kubefigurator/config-model';
import { formatAddressPort, formatSource } from '@kubefigurator/config-model';
import type { Complaint } from '../diagnostics/diagnostics.ts';
import type { Intent, ProxyMode } from '../intent/intent.ts';
import { folderOfPath } from '../options/values/certificate-file.ts';
import type { Claimant, Contest, ContestedBind, Memory } from './contest.ts';
import { asksForSameMode, claimedHostsOf, bindModeKey } from './contest.ts';
import { displayHost } from './display-host.ts';
import { findNameConflict } from './name-conflicts.ts';
import { EVERY_HOST } from './standing.ts';

/** The most `crt <path>` on a bind line: HAProxy reads 64 words. A path is a file, or a folder if there are more files. */
export const MOST_CERTIFICATES = 28;

/** The source that stands in the way of a claimant: it has the bind, or the bind is kept for it. */
interface Opponent {
  readonly source: SourceRef;
  /** Why it goes first, as the end of a sentence. */
  readonly because: string;
  /** The bind that an operator can release; undefined if age decides, and not what the source had before. */
  readonly release: string | undefined;
  readonly mode: ProxyMode;
  readonly tls: boolean;
}

/** Why a claimant can't have the bind, or share it; undefined if it can. */
export function findClaimConflict(bind: ContestedBind, claimant: Claimant): Complaint | undefined {
  return (
    findBindConflict(bind, claimant) ??
    findNameConflict(bind, claimant) ??
    findHostConflict(bind, claimant) ??
    findFolderConflict(bind, claimant)
  );
}

function findBindConflict(bind: ContestedBind, claimant: Claimant): Complaint | undefined {
  const { intent } = claimant;
  const at = formatAddressPort(bind.address, bind.port);
  const first = firstOpponent(bind, claimant);
  if (first === undefined) return undefined;
  const { source: winner, because } = first;
  const name = formatSource(winner);
  const hint = releaseHint(first);
  if (first.mode !== intent.mode) {
    return {
      code: 'conflict-mode',
      winner,
      message: `${at} is ${first.mode} for ${name}, ${because}: choose another listen-port or listen-ip, or haproxy-mode ${first.mode}${hint}`,
    };
  }
  if (first.tls !== (intent.tls !== undefined)) {
    const state = first.tls ? 'TLS' : 'plain';
    return {
      code: 'conflict-tls',
      winner,
      message: `${at} is ${state} for ${name}, ${because}: choose another listen-port or listen-ip, or use-ssl "${String(first.tls)}"${hint}`,
    };
  }
  if (intent.mode === 'http') return undefined;
  return {
    code: 'conflict-port',
    winner,
    message: `${at} belongs to ${name}, ${because}: choose another listen-port or listen-ip${hint}`,
  };
}

/** The error of a source that names an address which `holder` has as part of every address and can't share. */
export function diagnoseDisplaced({ address, port }: Contest, holder: Claimant): Complaint {
  const at = formatAddressPort(address, port);
  const { source } = holder.intent;
  const release = formatAddressPort(holder.through ?? address, port);
  return {
    code: 'conflict-port',
    winner: source,
    message: `${at} belongs to ${formatSource(source)}, which listens on every address and has had it since before: choose another listen-port or listen-ip; an operator can free it: kubefigurator-producer release '${release}'`,
  };
}

/**
 * The first holder of the bind. If there is none yet: a source for which the bind is kept in a mode or with TLS that the
 * claimant can't share, but nobody if the claimant itself is served there as it asks. A tcp claimant shares with nobody.
 * Undefined if there is no such source.
 */
function firstOpponent(bind: ContestedBind, claimant: Claimant): Opponent | undefined {
  const [holder] = bind.holders;
  if (holder !== undefined) return opponentHolding(bind, holder, claimant);
  if (isServedAsAsked(bind.kept.get(claimant.key), claimant.intent)) return undefined;
  const sharedMode = claimant.intent.mode === 'http' ? bindModeKey(claimant.intent) : undefined;
  for (const [mode, keys] of bind.keptModes) {
    const rival = mode === sharedMode ? undefined : otherThan(keys, claimant.key);
    if (rival !== undefined) return opponentRemembered(bind, rival);
  }
  return undefined;
}

function otherThan(keys: ReadonlySet<string>, own: string): string | undefined {
  for (const key of keys) if (key !== own) return key;
  return undefined;
}

/** True for a source that has this very bind in the mode that it asks for: what is reserved for others doesn't count then. */
function isServedAsAsked(own: Memory | undefined, intent: Intent): boolean {
  return own?.state === 'served' && !own.viaWildcard && asksForSameMode(intent, own);
}

function opponentHolding(bind: ContestedBind, holder: Claimant, claimant: Claimant): Opponent {
  const { intent, rank, through } = holder;
  const isOlder = rank < claimant.rank;
  const wide = through === undefined ? '' : 'listens on every address and ';
  return {
    source: intent.source,
    because: `which ${wide}${isOlder ? 'was first' : 'has had it since before'}`,
    release: isOlder ? undefined : formatAddressPort(through ?? bind.address, bind.port),
    mode: intent.mode,
    tls: intent.tls !== undefined,
  };
}

function opponentRemembered(bind: ContestedBind, key: string): Opponent | undefined {
  const memory = bind.kept.get(key);
  if (memory === undefined) return undefined;
  const { source, mode, tls } = memory;
  const because = 'for which it is reserved as long as that Service names it';
  return {
    source,
    because,
    release: formatAddressPort(bind.address, bind.port),
    mode,
    tls,
  };
}

/** How an operator can free the bind, or one host on it, as the end of a message; empty if nothing is to be released. */
function releaseHint({ release }: Opponent, host?: string): string {
  if (release === undefined) return '';
  const which = host === undefined ? `'${release}'` : `'${release}' '${host}'`;
  return `; an operator can free it: kubefigurator-producer release ${which}`;
}

function findHostConflict(bind: ContestedBind, claimant: Claimant): Complaint | undefined {
  for (const host of claimedHostsOf(claimant.intent)) {
    const owner = ownerOf(bind, host, claimant);
    if (owner !== undefined) return hostConflict(bind, host, owner);
  }
  return undefined;
}

function ownerOf(bind: ContestedBind, host: string, claimant: Claimant): Opponent | undefined {
  const holder = bind.hosts.get(host);
  if (holder !== undefined) return opponentHolding(bind, holder, claimant);
  const key = bind.keptHosts.get(host);
  const isForOther = key !== undefined && key !== claimant.key;
  return isForOther ? opponentRemembered(bind, key) : undefined;
}

function hostConflict(bind: ContestedBind, name: string, owner: Opponent): Complaint {
  const at = formatAddressPort(bind.address, bind.port);
  const winner = formatSource(owner.source);
  if (name === EVERY_HOST) {
    const why = owner.because.replace(/^which /, 'and ');
    return {
      code: 'conflict-default',
      winner: owner.source,
      message: `on ${at}, ${winner} takes every request without a host of its own, ${why}: set hostname${releaseHint(owner, EVERY_HOST)}`,
    };
  }
  const host = displayHost(name);
  return {
    code: 'conflict-host',
    winner: owner.source,
    message: `on ${at}, ${host} belongs to ${winner}, ${owner.because}: take it out of hostname, or choose another listen-port or listen-ip${releaseHint(owner, host)}`,
  };
}

/** A bind line names files as long as they fit on it, then folders: a new certificate has to lie in one of these. */
function findFolderConflict(bind: ContestedBind, { intent }: Claimant): Complaint | undefined {
  if (intent.tls === undefined) return undefined;
  const { certificate } = intent.tls;
  const isNamed = bind.certificates.has(certificate) || bind.folders.has(folderOfPath(`/${certificate}`));
  if (isNamed || bind.certificates.size < MOST_CERTIFICATES || bind.folders.size < MOST_CERTIFICATES)
    return undefined;
  return {
    code: 'too-many-certificates',
    message: `the certificates of ${formatAddressPort(bind.address, bind.port)} lie in ${MOST_CERTIFICATES} folders already: put this one into one of them`,
  };
}
