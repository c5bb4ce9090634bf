import type { SourceRef } from './source.ts';

/** Everything HAProxy shall run, in canonical order: rendering adds words, never decisions. */
export interface ProxyModel {
  readonly frontends: readonly Frontend[];
  readonly backends: readonly Backend[];
}

export type ProxyMode = 'http' | 'tcp';

export interface Frontend {
  readonly name: string;
  readonly mode: ProxyMode;
  readonly bind: Bind;
  /** http: host rules in the order they are tried. tcp: empty. */
  readonly routes: readonly Route[];
  readonly defaultBackend?: { readonly backend: string; readonly source: SourceRef };
  readonly sources: readonly SourceRef[];
}

export interface Bind {
  /** As HAProxy writes it: `*`, `10.0.0.1`, `2001:db8::1`, `::`. */
  readonly address: string;
  readonly port: number;
  readonly tls?: BindTls;
}

export interface BindTls {
  /** Absolute paths for `crt`, the default certificate first; a folder stands for many. */
  readonly certificates: readonly string[];
  readonly alpn: readonly string[];
  /** Who asked for which certificate, so that HAProxy's message about one can be blamed on a Service. */
  readonly certificateSources: readonly { readonly source: SourceRef; readonly certificate: string }[];
}

/** One Service's rule in a shared http frontend: requests for any of `hosts` go to `backend`. */
export interface Route {
  readonly source: SourceRef;
  readonly backend: string;
  readonly match: 'exact' | 'wildcard';
  /** Lower case, without port; wildcards as the suffix with its leading dot (`.x.y`). */
  readonly hosts: readonly string[];
}

export interface Backend {
  readonly name: string;
  readonly mode: ProxyMode;
  readonly source: SourceRef;
  /** A balance algorithm with its arguments, word by word. */
  readonly balance: readonly string[];
  /** True where the bind ends TLS and the mode is http: servers learn the client's scheme. */
  readonly forwardedProtoHttps: boolean;
  readonly serverTls?: ServerTls;
  readonly servers: readonly Server[];
}

export interface ServerTls {
  readonly verify: 'none' | 'required';
  readonly caFile?: string;
  /** The name sent as SNI and checked against the certificate. */
  readonly name?: string;
}

export interface Server {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}
