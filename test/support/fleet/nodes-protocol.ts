import type { IncomingHttpHeaders } from 'node:http';

/** A request from the harness to the echo server; the answer has the same id. */
export interface NodesMessage {
  readonly id: number;
  /** Names of nodes by address. */
  readonly names?: Readonly<Record<string, string>>;
  /** Node ports that speak TLS, HTTP and plain TCP. */
  readonly listen?: readonly number[];
  /** Node ports that speak nothing but plain http. */
  readonly listenPlain?: readonly number[];
  /** Node ports on which connections are refused from now on. */
  readonly close?: readonly number[];
}

export interface NodesReply {
  readonly id: number;
  /** Why it failed; absent if it succeeded. */
  readonly error?: string;
}

/** What a node answers over HTTP. */
export interface EchoAnswer {
  /** Name of the node that was asked. */
  readonly node: string;
  /** The node port it was asked on, which identifies the Service. */
  readonly port: number;
  /** The address of the load-balancer host that sent the request. */
  readonly from: string;
  /** Whether the load balancer spoke TLS to the node. */
  readonly tls: boolean;
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}
