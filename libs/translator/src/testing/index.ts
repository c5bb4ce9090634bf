export { cluster, shuffled } from './arbitraries.ts';
export type { Compiled } from './compiled.ts';
export { compileSnapshot } from './compiled.ts';
export { expectFile } from './golden-files.ts';
export { goldenSettings } from './golden-settings.ts';
export { hostileService } from './hostile.ts';
export type { PropertyRuns } from './property-runs.ts';
export { propertyRuns } from './property-runs.ts';
