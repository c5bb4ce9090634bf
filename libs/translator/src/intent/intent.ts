import type { IpFamily, SourceRef } from '@kubefigurator/config-model';

export type ProxyMode = 'http' | 'tcp';

/** What one port of one source asks for, in any dialect; every value has passed its parser. */
export interface Intent {
  readonly source: SourceRef;
  readonly mode: ProxyMode;
  readonly bind: BindIntent;
  /** http: what the Host must be; an empty list takes every request that no other host matches. tcp: empty. */
  readonly hosts: readonly HostPattern[];
  /** Whether other namespaces may have names below the wildcards among the hosts; absent: they may not. */
  readonly wildcard?: 'shared';
  /** The TLS of the bind; undefined if it has none. */
  readonly tls: TlsIntent | undefined;
  readonly backend: BackendIntent;
  readonly servers: ServersIntent;
}

/**
 * What a port of an enabled Service names, also while it can't be served. A bind or host that the port had stays
 * reserved for the port as long as it is named. A field is undefined if its option can't be read, and `hosts` also if
 * `hostname` is empty; everything then counts as named, so that a mistake in an annotation frees nothing.
 */
export interface Naming {
  readonly source: SourceRef;
  readonly addresses: readonly string[] | undefined;
  readonly port: number | undefined;
  /** Whatever the mode is; an empty list names every request that no other host matches. */
  readonly hosts: readonly HostPattern[] | undefined;
  /** As in the intent; absent also if the option can't be read. */
  readonly wildcard?: 'shared';
  /** True if a guard holds what the port had: it stays reserved also while the port is served with other host names. */
  readonly guarded?: true;
}

export interface BindIntent {
  readonly addresses: AddressRequest;
  readonly port: number;
}

/** Named addresses, canonical and each once (one may be `*`); or one address that a pool gives. */
export type AddressRequest =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  | { readonly kind: 'pool'; readonly pool: string; readonly family: IpFamily };

/** The most host names on one line: HAProxy reads 64 words, of which a `use_backend` rule needs eight for itself. */
export const MOST_HOSTS = 50;

/** Every IPv4 address; `0.0.0.0` is the same. */
export const ANY_IPV4 = '*';

/** A host name in lower case; a wildcard is its suffix with the leading dot (`.x.y` for `*.x.y`). */
export interface HostPattern {
  readonly match: 'exact' | 'wildcard';
  readonly name: string;
}

export interface TlsIntent {
  /** The certificate's path below the certificate folder. */
  readonly certificate: string;
}

export interface BackendIntent {
  /** A balance algorithm with its arguments, word by word. */
  readonly balance: readonly string[];
  /** Undefined if the servers are reached without TLS. */
  readonly tls: ServerTls | undefined;
  /** True if the servers speak only HTTP/2. Otherwise they speak HTTP/1.1, or anything in tcp mode. */
  readonly http2?: boolean;
  /** Further lines of the backend, in the order of the table of options. */
  readonly directives: readonly Directive[];
}

/** One line of a section. Each word is a plain HAProxy word; rendering throws on any other. */
export interface Directive {
  readonly words: readonly (string | number)[];
}

export interface ServerTls {
  readonly verify: 'none' | 'required';
  readonly caFile?: string;
  /** The name sent as SNI; with `verify: 'required'` the server's certificate must have it. */
  readonly name?: string;
}

/** Which servers a backend has: a port on every node, the endpoints of a Service, a given list, or the published ones. */
export type ServersIntent =
  | {
      readonly kind: 'nodes';
      /** In order of preference: the first family of which a node has an address gives its address. */
      readonly families: readonly IpFamily[];
      readonly nodePort: number;
    }
  | {
      readonly kind: 'endpoints';
      readonly namespace: string;
      readonly service: string;
      readonly port: string;
    }
  | { readonly kind: 'static'; readonly servers: readonly Server[] }
  /** A guard holds the backend: its section is copied byte for byte. */
  | { readonly kind: 'standing'; readonly section: string; readonly servers: readonly Server[] };

export interface Server {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}
