export { decide } from './decide.ts';
export { compareFindings, isFileEdited, isSameProcess, observeDrift } from './drift.ts';
export type { DriftNews, DriftRecord, HeldServer } from './drift.ts';
export {
  beginPass,
  emptyMemory,
  learn,
  learnFailure,
  refusedParts,
  rememberCauses,
  triedBy,
  wantsCauses,
} from './learn.ts';
export { blameOf } from './refusal.ts';
export type { Refusal } from './refusal.ts';
export { UNLIMITED } from './reload-budget.ts';
export type { ReloadLimits } from './reload-budget.ts';
export * from './triggers.ts';
export * from './types.ts';
export { nextWake } from './wake.ts';
export type { Wake } from './wake.ts';
export { judge, revisionOf } from './wanted.ts';
export type { KeyReading } from './wanted.ts';
