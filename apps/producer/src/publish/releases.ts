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

/**
 * What operators have freed (command `release`), and no publication has obeyed yet. A release that was just obeyed,
 * which the watch may still show, doesn't wait.
 */
export interface Releases {
  /** Takes all releases that the watch shows. */
  readonly notice: (releases: readonly ReleaseRequest[]) => void;
  readonly waiting: () => readonly ReleaseRequest[];
  /** To be called once a publication has deleted them in etcd. */
  readonly obeyed: (releases: readonly ReleaseRequest[]) => void;
}

export function createReleases(): Releases {
  let known: readonly ReleaseRequest[] = [];
  const done = new Set<string>();
  return {
    notice: (releases) => {
      known = releases;
      const current = new Set(releases.map(idOf));
      for (const id of done) if (!current.has(id)) done.delete(id);
    },
    waiting: () => known.filter((release) => !done.has(idOf(release))),
    obeyed: (releases) => {
      for (const release of releases) done.add(idOf(release));
    },
  };
}

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

/** What a compilation has to know of the standing text: its claims, without what an operator has freed, and the rest. */
export interface StandingParts {
  readonly standing: StandingClaims;
  readonly backends: StandingBackends;
  readonly standingNodes: StandingNodes;
}

export function standingPartsOf(...given: Parameters<typeof claimsAfterReleases>): StandingParts {
  const [text] = given;
  return {
    standing: claimsAfterReleases(...given),
    backends: createStandingBackends(text),
    standingNodes: createStandingNodes(text),
  };
}

/** Reads a bind, and optionally a space and a host: `*:443 *.example.com`. */
export function parseReleasedBind(name: string): ReleasedClaim | undefined {
  const [bind = '', host, ...more] = name.split(' ');
  const at = parseBindWord(bind);
  if (at === undefined || more.length > 0) return undefined;
  if (host === undefined) return at;
  const pattern = host.toLowerCase().replace(/^\*\./, '.');
  return isHostWord(pattern) ? { ...at, host: pattern } : undefined;
}

/** True if the claims hold what is to be freed. */
export function claimsHoldRelease(claims: StandingClaims, { address, port, host }: ReleasedClaim): boolean {
  const sources = claims.get(formatAddressPort(address, port))?.sources;
  if (sources === undefined || host === undefined) return sources !== undefined;
  return [...sources.values()].some(({ hosts }) => hosts.has(host));
}
