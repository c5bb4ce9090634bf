import type { SourceRef } from '@kubefigurator/config-model';
import { formatAddressPort } from '@kubefigurator/config-model';
import type { ProxyMode } from '../intent/intent.ts';

/** Stands for every request that no other host matches, and for all of a tcp bind. */
export const EVERY_HOST = '*';

/** What the standing text gives or reserves to one source on one bind. */
export interface Remembered {
  readonly source: SourceRef;
  readonly mode: ProxyMode;
  readonly tls: boolean;
  /** Names as `HostPattern` has them, or `EVERY_HOST`. */
  readonly hosts: ReadonlySet<string>;
  /** The path of the certificate that the source asked for; undefined without TLS, and for what is reserved. */
  readonly certificate?: string | undefined;
  /** All of them, if the bind names several for the source, as it does while a guard holds one. */
  readonly certificates?: readonly string[] | undefined;
  readonly state: 'served' | 'reserved';
  /** True if an operator has freed one of its hosts. */
  readonly released?: true | undefined;
}

/** What the standing text says of one bind. */
export interface StandingBind {
  readonly address: string;
  readonly port: number;
  /** False if the text has no frontend for the bind, but reservations. */
  readonly served: boolean;
  /** The first `crt` of the bind, which clients without SNI get: a file or a folder. */
  readonly firstCertificate?: string;
  /** All of them in the order in which HAProxy gets them; a folder stands for the files in it that the text names. */
  readonly certificates?: readonly string[];
  /** By `sourceKey`. */
  readonly sources: ReadonlyMap<string, Remembered>;
}

/** What the last published text gives to whom, by address and port. Without such a text it is empty, and age alone decides. */
export type StandingClaims = ReadonlyMap<string, StandingBind>;

export const NOTHING_STANDS: StandingClaims = new Map();

/** What an operator frees: a bind for all its sources, or one host name on it. */
export interface ReleasedClaim {
  readonly address: string;
  readonly port: number;
  readonly host?: string;
}

/** The claims without what an operator has freed. */
export function withoutReleased(
  standing: StandingClaims,
  released: readonly ReleasedClaim[],
): StandingClaims {
  const left = new Map(standing);
  for (const { address, port, host } of released) {
    const key = formatAddressPort(address, port);
    const bind = left.get(key);
    if (host === undefined) left.delete(key);
    else if (bind !== undefined) left.set(key, withoutHost(bind, host));
  }
  return left;
}

/**
 * A source that had the host and still names it counts as a new claimant: all of its claim on the bind waits for its
 * age, and only its other hosts stay reserved.
 */
function withoutHost(bind: StandingBind, host: string): StandingBind {
  const sources = [...bind.sources].map(([key, remembered]): [string, Remembered] => {
    const hosts = new Set(remembered.hosts);
    return [key, hosts.delete(host) ? { ...remembered, hosts, released: true } : remembered];
  });
  return { ...bind, sources: new Map(sources) };
}
