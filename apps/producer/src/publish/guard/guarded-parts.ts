import { parseBindWord, sourceKey, type SourceRef } from '@kubefigurator/config-model';
import {
  backendName,
  type Guarded,
  type GuardedClaim,
  readStandingSections,
  readStandingServers,
  type Server,
  type StandingClaims,
} from '@kubefigurator/translator';
import type { ServiceLoss } from './decide.ts';
import type { LostHost } from './losses.ts';

/**
 * What is held, read from the standing text and as a compilation takes it. What isn't written as this producer writes
 * it is left out: it can't be kept.
 */
export function guardedPartsOf(held: readonly ServiceLoss[], text: string, claims: StandingClaims): Guarded {
  const hosts = held.flatMap((loss) => loss.hosts);
  const backends = readStandingSections(text, sourcesOf(hosts));
  const wanted = claimsOf(hosts, claims).filter(({ source }) => backends.has(sourceKey(source)));
  return { claims: wanted, backends, servers: serversOf(held, text) };
}

/** Each source once. */
function sourcesOf(hosts: readonly LostHost[]): readonly SourceRef[] {
  return [...new Map(hosts.map(({ source }) => [sourceKey(source), source])).values()];
}

/** One claim for each bind and source. */
function claimsOf(hosts: readonly LostHost[], standing: StandingClaims): GuardedClaim[] {
  const groups = new Map<string, { readonly first: LostHost; readonly hosts: string[] }>();
  for (const lost of hosts) {
    const key = `${lost.bind} ${sourceKey(lost.source)}`;
    const group = groups.get(key) ?? { first: lost, hosts: [] };
    group.hosts.push(lost.host);
    groups.set(key, group);
  }
  return [...groups.values()].flatMap(({ first: { bind, source }, hosts: names }) => {
    const at = parseBindWord(bind);
    const stood = standing.get(bind)?.sources.get(sourceKey(source));
    if (at === undefined || stood === undefined) return [];
    const { mode, tls, certificate } = stood;
    const certificates = stood.certificates ?? (certificate === undefined ? [] : [certificate]);
    return [{ source, ...at, mode, tls, hosts: names, certificates }];
  });
}

/** The held servers of each backend, by the `sourceKey` of the source that has the backend in the candidate. */
function serversOf(held: readonly ServiceLoss[], text: string): ReadonlyMap<string, readonly Server[]> {
  const lost = held.flatMap((loss) => loss.servers);
  if (lost.length === 0) return new Map();
  const found = readStandingServers(
    text,
    new Map(lost.map(({ source, names }) => [backendName(source), new Set(names)])),
  );
  return new Map(
    lost.map(({ source, successor }) => [sourceKey(successor), found.get(backendName(source)) ?? []]),
  );
}
