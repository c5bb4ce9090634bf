/** How often a property is tried, and from which seed; fast-check prints the seed of a failure. */
export interface PropertyRuns {
  readonly seed: number;
  readonly numRuns: number;
}

const SEED = 20_261;
const RUNS = 10_000;

/** 10,000 runs from one fixed seed; KUBEFIGURATOR_PROPERTY_RUNS and KUBEFIGURATOR_PROPERTY_SEED set other ones. */
export function propertyRuns(): PropertyRuns {
  return {
    seed: Number(process.env['KUBEFIGURATOR_PROPERTY_SEED'] ?? SEED),
    numRuns: Number(process.env['KUBEFIGURATOR_PROPERTY_RUNS'] ?? RUNS),
  };
}
