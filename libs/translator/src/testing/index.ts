export { cluster, shuffled } from './arbitraries.ts';
export { hostileService } from './hostile.ts';
export type { GoldenCase } from './manifests.ts';
export { readCase } from './manifests.ts';
export type { PropertyRuns } from './property-runs.ts';
export { propertyRuns } from './property-runs.ts';
