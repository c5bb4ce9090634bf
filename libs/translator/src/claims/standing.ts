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
  /** All of them if the bind names several for the source, as while a guard holds an earlier one; absent otherwise. */
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
  /** All of them in the order in which HAProxy gets them; for a folder, the files in it that the text names. */
  readonly certificates?: readonly string[];
  /** By `sourceKey`. */
  readonly sources: ReadonlyMap<string, Remembered>;
}

/** What the last published text gives to whom, by `formatAddressPort`. Empty without such a text: age alone decides then. */
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
  const remaining = new Map(standing);
  for (const { address, port, host } of released) {
    const key = formatAddressPort(address, port);
    const bind = remaining.get(key);
    if (host === undefined) remaining.delete(key);
    else if (bind !== undefined) remaining.set(key, withoutHost(bind, host));
  }
  return remaining;
}

/**
 * A source that had the host and still names it counts as a new claimant: its claim on the bind as a whole is decided by
 * age, and only its other hosts stay reserved.
 */
function withoutHost(bind: StandingBind, host: string): StandingBind {
  const sources = [...bind.sources].map(([key, remembered]): [string, Remembered] => {
    const hosts = new Set(remembered.hosts);
    return [key, hosts.delete(host) ? { ...remembered, hosts, released: true } : remembered];
  });
  return { ...bind, sources: new Map(sources) };
}
