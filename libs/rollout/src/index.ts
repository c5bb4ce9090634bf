export { decide } from './decide.ts';
export { compareDriftFindings, isFileEdited, isSameProcess, observeDrift, workerOfHaproxy } from './drift.ts';
export type { DriftNews, DriftRecord, HeldServer } from './drift.ts';
export {
  beginPass,
  emptyMemory,
  learn,
  learnFailure,
  refusedParts,
  rememberCauses,
  attemptOfDecision,
  wantsCauses,
} from './learn.ts';
export type { Refusal } from './refusal.ts';
export { UNLIMITED } from './reload-budget.ts';
export type { ReloadLimits } from './reload-budget.ts';
export { copiesInUse, copiesToKeep } from './copies.ts';
export { judgeCertificate } from './renewal.ts';
export { reportCertificates } from './certificate-report.ts';
export type { CertificateVerdict } from './renewal.ts';
export * from './triggers.ts';
export type * from './decision.ts';
export type * from './memory.ts';
export type * from './moment.ts';
export type * from './observation.ts';
export { nextWake } from './wake.ts';
export type { Wake } from './wake.ts';
export { wantedFrom } from './wanted.ts';
export type { KeyReading, Wanted, WantedText } from './wanted.ts';
