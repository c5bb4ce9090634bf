/** How often the changes of one namespace, or of one Node, may be published. */
export interface PaceLimits {
  /** Publications that may follow each other at once; 0: no limit. */
  readonly burst: number;
  /** After the burst, one publication in this time, in milliseconds; 0: no limit. */
  readonly intervalMs: number;
}

/** A token bucket: how many publications are left. */
export interface Tokens {
  /** Publications that were left at `countedAt`, with fractions of the next one. */
  readonly tokens: number;
  /** Of the monotonic clock, in milliseconds. */
  readonly countedAt: number;
}

export interface PaceOptions {
  readonly limits: PaceLimits;
  /** Of the monotonic clock, in milliseconds. */
  readonly now: number;
}

/** One token: refills are fractions, whose sum may be a little less than 1. */
const ALMOST_ONE = 1 - 1e-6;
/** One day: Node's timers take 24 days at most, and a pass that comes too early does no harm. */
const LONGEST_WAIT_MS = 86_400_000;

export function isUnlimited({ burst, intervalMs }: PaceLimits): boolean {
  return burst === 0 || intervalMs === 0;
}

/** The bucket as it is now; undefined stands for a full one. */
export function refillTokens(bucket: Tokens | undefined, { limits, now }: PaceOptions): Tokens {
  if (bucket === undefined) return { tokens: limits.burst, countedAt: now };
  const tokens = Math.min(limits.burst, bucket.tokens + (now - bucket.countedAt) / limits.intervalMs);
  return { tokens, countedAt: now };
}

export function hasToken({ tokens }: Tokens): boolean {
  return tokens >= ALMOST_ONE;
}

/** In how many milliseconds each of these has a whole token; undefined if there are none. */
export function waitForTokens(buckets: readonly Tokens[], { intervalMs }: PaceLimits): number | undefined {
  if (buckets.length === 0) return undefined;
  const waitsMs = buckets.map(({ tokens }) => Math.max(0, Math.ceil((1 - tokens) * intervalMs)));
  return Math.min(...waitsMs, LONGEST_WAIT_MS);
}
