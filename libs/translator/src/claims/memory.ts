import { formatAddressPort, parseIp, sourceKey } from '@kubefigurator/config-model';
import type { HostPattern, Intent, Naming } from '../intent/intent.ts';
import { ANY_IPV4 } from '../intent/intent.ts';
import { isPublishedFile } from '../options/values/certificate-file.ts';
import { rememberLast } from '../remember.ts';
import type { ServiceLimits } from '../snapshot/limits.ts';
import { defaultServiceLimits } from '../snapshot/limits.ts';
import type { Memory } from './contest.ts';
import { asksForSameMode } from './contest.ts';
import type { OwnerOfName } from './name-index.ts';
import type { Remembered, StandingBind, StandingClaims } from './standing.ts';
import { EVERY_HOST, NOTHING_STANDS } from './standing.ts';

export const ANY_IPV6 = '::';

/** What decides besides the intents and their age. */
export interface Memories {
  readonly standing: StandingClaims;
  /** What every port of an enabled Service names. */
  readonly namings: readonly Naming[];
  /** True if a source that names an address has it alone, also if another listens on every address, as in the kernel. */
  readonly specificAddressWins: boolean;
  /** True if each bind is decided for itself: a host name belongs to a namespace only on the binds where it has it. */
  readonly hostNamesPerBind: boolean;
  /** What may be reserved for one Service. */
  readonly limits: ServiceLimits;
  /** The owner of a host name by a policy; a wildcard doesn't collide with a name below it of another owner. */
  readonly ownerOf?: OwnerOfName;
  /** Absolute; absent if the standing text may have any. */
  readonly certificateDir?: string;
}

/** The same as if nothing stood published: age alone decides. */
export function withoutMemories(memories: Memories): Memories {
  return { ...memories, standing: NOTHING_STANDS, namings: [] };
}

export const NO_MEMORIES: Memories = {
  standing: NOTHING_STANDS,
  namings: [],
  specificAddressWins: false,
  hostNamesPerBind: false,
  limits: defaultServiceLimits,
};

/** The namings and intents that memories of a bind are compared with, by `sourceKey`. */
export interface Present {
  readonly namings: ReadonlyMap<string, Naming>;
  readonly intents: ReadonlyMap<string, Intent>;
  /** As in `Memories`. */
  readonly certificateDir?: string | undefined;
}

export function presentOf(
  namings: readonly Naming[],
  intents: readonly Intent[],
  certificateDir?: string,
): Present {
  return {
    certificateDir,
    namings: new Map(namings.map((naming) => [sourceKey(naming.source), naming])),
    intents: new Map(intents.map((intent) => [sourceKey(intent.source), intent])),
  };
}

/**
 * What sources had on a standing bind, by `sourceKey`, as far as they still name `address` or every address of its family.
 * `bind` is the one on `address` itself or on every address.
 */
export function memoriesOf(
  bind: StandingBind | undefined,
  address: string,
  present: Present,
): ReadonlyMap<string, Memory> {
  if (bind === undefined) return NOTHING_REMEMBERED;
  if (bind.address === address) return ownMemoriesOf(bind, present);
  const isNamed = (naming: Naming): boolean => namesBind(naming, address, bind.port);
  return stillNamed(bind, present, { isNamed, viaWildcard: true });
}

const NOTHING_REMEMBERED: ReadonlyMap<string, Memory> = new Map();

/** What sources had on this very bind and still name; host names and binds are decided from the same memories. */
const ownMemoriesOf = rememberLast((bind: StandingBind, present: Present): ReadonlyMap<string, Memory> => {
  const isNamed = (naming: Naming): boolean => namesBind(naming, bind.address, bind.port);
  return stillNamed(bind, present, { isNamed, viaWildcard: false });
});

/**
 * What sources had on a standing bind, to decide host names: of those that still name the bind and, on a bind on every
 * address, of those that now name a single address of `newBinds` instead. `newBinds` are written as address and port: `192.0.2.1:443`.
 */
export function memoriesForNames(
  bind: StandingBind,
  present: Present,
  newBinds: ReadonlySet<string>,
): ReadonlyMap<string, Memory> {
  if (newBinds.size === 0) return ownMemoriesOf(bind, present);
  const isNew = (address: string): boolean =>
    newBinds.has(formatAddressPort(address, bind.port)) && everyAddressOf(address) === bind.address;
  const isNamed = (naming: Naming): boolean =>
    namesBind(naming, bind.address, bind.port) ||
    (namesPort(naming, bind.port) && naming.addresses?.some(isNew) === true);
  return stillNamed(bind, present, { isNamed, viaWildcard: false });
}

interface Matching {
  readonly isNamed: (naming: Naming) => boolean;
  readonly viaWildcard: boolean;
}

function stillNamed(
  bind: StandingBind,
  present: Present,
  { isNamed, viaWildcard }: Matching,
): Map<string, Memory> {
  const memories = new Map<string, Memory>();
  for (const [key, remembered] of bind.sources) {
    const naming = present.namings.get(key);
    if (naming === undefined || !isNamed(naming)) continue;
    const intent = present.intents.get(key);
    // Written out, since spreading thousands of objects takes longer than all the rest.
    memories.set(key, {
      source: remembered.source,
      mode: remembered.mode,
      tls: remembered.tls,
      hosts: hostsStillNamed(remembered, naming.hosts),
      certificate: remembered.certificate,
      state: remembered.state,
      released: remembered.released,
      viaWildcard,
      asksForOther: intent !== undefined && !asksForSameMode(intent, remembered),
      asksForOtherFile: intent !== undefined && asksForOtherFile(intent, remembered, present.certificateDir),
      guarded: naming.guarded === true,
    });
  }
  return memories;
}

/** While a guard holds an earlier certificate, the text names several for the source, in any order. */
function asksForOtherFile(
  { tls }: Intent,
  { certificate, certificates = certificate === undefined ? [] : [certificate] }: Remembered,
  folder: string | undefined,
): boolean {
  const file = tls?.certificate ?? '';
  return certificates.length > 0 && !certificates.some((path) => isPublishedFile(path, file, folder));
}

function namesBind(naming: Naming, address: string, port: number): boolean {
  const { addresses } = naming;
  if (!namesPort(naming, port)) return false;
  return (
    addresses === undefined || addresses.includes(address) || addresses.includes(everyAddressOf(address))
  );
}

function namesPort({ port }: Naming, wanted: number): boolean {
  return port === undefined || port === wanted;
}

/** The address that stands for every address of the same family. */
export function everyAddressOf(address: string): string {
  return address === ANY_IPV4 || parseIp(address)?.family === 'IPv4' ? ANY_IPV4 : ANY_IPV6;
}

function hostsStillNamed(
  { mode, hosts }: Remembered,
  named: readonly HostPattern[] | undefined,
): ReadonlySet<string> {
  if (mode === 'tcp' || named === undefined) return hosts;
  const names = named.length === 0 ? [EVERY_HOST] : named.map(({ name }) => name);
  if (names.length === hosts.size && names.every((name) => hosts.has(name))) return hosts;
  return new Set(names.filter((name) => hosts.has(name)));
}
