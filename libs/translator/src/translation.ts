import type { Diagnostic, ProxyMode, ServerTls, SourceRef } from '@kubefigurator/config-model';
import type { IpFamily } from './snapshot.ts';

/** What the cluster asks for, before anyone had to give way. */
export interface Translation {
  /** In the order of their claims: the oldest Service first, then namespace, name and the order of ports. */
  readonly intents: readonly PortIntent[];
  readonly nodes: NodePools;
  readonly diagnostics: readonly Diagnostic[];
}

/** The nodes that answer in a family, in canonical order. */
export type NodePools = Readonly<Record<IpFamily, readonly NodeAddress[]>>;

export interface NodeAddress {
  readonly name: string;
  readonly address: string;
}

/** What one port of one Service asks for; every value has passed its parser. */
export interface PortIntent {
  readonly source: SourceRef;
  readonly mode: ProxyMode;
  /** Canonical listen addresses, `*` among them; no address twice. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** The certificate's path below the certificate folder; undefined: no TLS on the bind. */
  readonly certificate: string | undefined;
  /** http: what the Host must be; none takes every request nobody else takes. tcp: empty. */
  readonly hosts: readonly HostPattern[];
  readonly balance: readonly string[];
  /** undefined: the servers are reached without TLS. */
  readonly serverTls: ServerTls | undefined;
  readonly family: IpFamily;
  readonly nodePort: number;
}

/** A host name in lower case; a wildcard is its suffix with the leading dot (`.x.y` for `*.x.y`). */
export interface HostPattern {
  readonly match: 'exact' | 'wildcard';
  readonly name: string;
}
