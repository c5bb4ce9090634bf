/** One thing to ask again and again, and the only right answer. */
export interface LoadTarget {
  readonly address: string;
  readonly port: number;
  readonly host: string;
  /** The node port that must have answered. */
  readonly nodePort: number;
  /** PEM of the authority that signed the certificate; given, TLS is spoken. */
  readonly ca?: string;
}

export interface LoadPlan {
  readonly targets: readonly LoadTarget[];
  /** Requests a second over all targets; half of them over kept connections, half each over its own. */
  readonly perSecond: number;
  /** Milliseconds after which a request counts as failed. */
  readonly limitMs: number;
}

export interface LoadReport {
  readonly sent: number;
  readonly keepAlive: number;
  readonly closing: number;
  readonly failed: number;
  /** The first failures in words. */
  readonly failures: readonly string[];
  readonly slowestMs: number;
  readonly p99Ms: number;
}
