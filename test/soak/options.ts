/** The parsed flags of `npm run soak`. */
export interface SoakOptions {
  readonly only: readonly string[];
  readonly seed?: number;
  readonly kills?: number;
  readonly changes?: number;
  readonly revisions?: number;
  readonly perSecond?: number;
  readonly minutes?: number;
}
