/** The parsed flags of `npm run bench`. */
export interface BenchOptions {
  readonly only: readonly string[];
  readonly quick?: boolean;
}
