/** A request that is repeated, and its right answer. */
export interface LoadTarget {
  readonly address: string;
  readonly port: number;
  readonly host: string;
  /** The node port that must have answered. */
  readonly nodePort: number;
  /** PEM of the authority that signed the certificate; if given, the requests use TLS. */
  readonly ca?: string;
}

export interface LoadPlan {
  readonly targets: readonly LoadTarget[];
  /** Requests a second over all targets: half of them over kept connections, each of the others over a new one. */
  readonly perSecond: number;
  /** Milliseconds after which a request counts as failed. */
  readonly limitMs: number;
}

export interface LoadReport {
  readonly sent: number;
  readonly keepAlive: number;
  readonly closing: number;
  readonly failed: number;
  /** Descriptions of the first failures. */
  readonly failures: readonly string[];
  readonly slowestMs: number;
  readonly p99Ms: number;
}
