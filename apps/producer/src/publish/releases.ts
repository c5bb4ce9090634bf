import { formatAddressPort, isHostWord, parseBindWord } from '@kubefigurator/config-model';
import type { ReleaseRequest } from '@kubefigurator/etcd-store';
import {
  createStandingBackends,
  createStandingNodes,
  type StandingBackends,
  readStandingClaims,
  withoutReleased,
  type ReleasedClaim,
  type ServiceLimits,
  type StandingClaims,
  type StandingNodes,
} from '@kubefigurator/translator';

/** What operators have freed with the command `release`, until a publication obeys it. */
export interface Releases {
  /** Takes all releases that the watch shows. */
  readonly notice: (releases: readonly ReleaseRequest[]) => void;
  /** Those that no publication has obeyed; the watch may still show one that was just obeyed. */
  readonly waiting: () => readonly ReleaseRequest[];
  /** To be called once a publication has deleted them in etcd. */
  readonly obeyed: (releases: readonly ReleaseRequest[]) => void;
}

export function createReleases(): Releases {
  let known: readonly ReleaseRequest[] = [];
  /** The ids of those that were obeyed, as long as the watch shows them. */
  const obeyedIds = new Set<string>();
  return {
    notice: (releases) => {
      known = releases;
      const shown = new Set(releases.map(idOf));
      for (const id of obeyedIds) if (!shown.has(id)) obeyedIds.delete(id);
    },
    waiting: () => known.filter((release) => !obeyedIds.has(idOf(release))),
    obeyed: (releases) => {
      for (const release of releases) obeyedIds.add(idOf(release));
    },
  };
}

/** With the revision, since a bind may be released again. */
function idOf({ name, revision }: ReleaseRequest): string {
  return `${revision} ${name}`;
}

/** The claims of the standing text without what an operator has freed; a name that can't be read frees nothing. */
export function claimsAfterReleases(
  text: string | undefined,
  releases: readonly ReleaseRequest[],
  limits?: ServiceLimits,
): StandingClaims {
  const released = releases.flatMap(({ name }) => parseReleasedBind(name) ?? []);
  return withoutReleased(readStandingClaims(text, limits), released);
}

/** What a compilation has to know of the standing text; what an operator has freed isn't among the claims. */
export interface StandingParts {
  readonly standing: StandingClaims;
  readonly backends: StandingBackends;
  readonly standingNodes: StandingNodes;
}

/** `text` and `limits` as in `claimsAfterReleases`. */
export function standingPartsOf(
  text: string | undefined,
  releases: readonly ReleaseRequest[],
  limits?: ServiceLimits,
): StandingParts {
  return {
    standing: claimsAfterReleases(text, releases, limits),
    backends: createStandingBackends(text),
    standingNodes: createStandingNodes(text),
  };
}

/** Reads a bind, and optionally a space and a host: `*:443 *.example.com`; undefined for anything else. */
export function parseReleasedBind(name: string): ReleasedClaim | undefined {
  const [bind = '', host, ...more] = name.split(' ');
  const at = parseBindWord(bind);
  if (at === undefined || more.length > 0) return undefined;
  if (host === undefined) return at;
  // Claims have a wildcard as its suffix: `*.example.com` is `.example.com`.
  const pattern = host.toLowerCase().replace(/^\*\./, '.');
  return isHostWord(pattern) ? { ...at, host: pattern } : undefined;
}

/** True if somebody has what is to be freed: the host, or without one anything on the bind. */
export function claimsHoldRelease(claims: StandingClaims, { address, port, host }: ReleasedClaim): boolean {
  const sources = claims.get(formatAddressPort(address, port))?.sources;
  if (sources === undefined) return false;
  if (host === undefined) return true;
  return [...sources.values()].some(({ hosts }) => hosts.has(host));
}
