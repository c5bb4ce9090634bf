import type { Reservation, SourceRef } from '@kubefigurator/config-model';
import type { Directive, ProxyMode, Server, ServerTls } from '../intent/intent.ts';

/** Everything that HAProxy is to run, in canonical order. Rendering only writes it as text and decides nothing. */
export interface ProxyModel {
  readonly frontends: readonly Frontend[];
  readonly backends: readonly Backend[];
  /** What is kept for sources that aren't served at the moment; it stands in comments. */
  readonly reservations: readonly Reservation[];
}

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
  /** Canonical, without brackets: `*`, `10.0.0.1`, `2001:db8::1`, `::`. */
  readonly address: string;
  readonly port: number;
  readonly tls?: BindTls;
}

export interface BindTls {
  /** Absolute paths for `crt`, the default certificate first; a folder stands for many. */
  readonly certificates: readonly string[];
  readonly alpn: readonly string[];
  /** The source of each certificate, so that HAProxy's message about a file can be attributed to a Service. */
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
  /** The lines between the mode and the servers, in the order of the text. */
  readonly directives: readonly Directive[];
  /** Undefined if the servers are reached without TLS. */
  readonly serverTls?: ServerTls;
  /** True if the servers speak HTTP/2 only. */
  readonly serverHttp2?: boolean;
  readonly servers: readonly Server[];
  /** The lines of the published text, written instead of all other fields; present if a guard holds the backend. */
  readonly section?: string;
}
