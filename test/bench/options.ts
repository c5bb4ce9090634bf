/** What `npm run bench` was asked for. */
export interface BenchOptions {
  readonly only: readonly string[];
  readonly quick?: boolean;
}
