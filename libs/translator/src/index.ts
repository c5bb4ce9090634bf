export type { AddressAssignment, PlacedIntent, Placement } from './addresses/assign.ts';
export { assign } from './addresses/assign.ts';
export { claim } from './claims/claim.ts';
export { displayHost } from './claims/display-host.ts';
export type { Claims, HeldBind } from './claims/claims.ts';
export type { Guarded, GuardedBackend, GuardedClaim } from './claims/guarded.ts';
export { addGuardedClaims, guardedOfNamespace, nameGuarded, NOTHING_GUARDED } from './claims/guarded.ts';
export type { Memories } from './claims/memory.ts';
export { withoutMemories } from './claims/memory.ts';
export { readStandingClaims } from './claims/read-standing.ts';
export type { StandingBackends } from './claims/standing-backends.ts';
export { createStandingBackends, NO_BACKENDS } from './claims/standing-backends.ts';
export type { StandingNodes } from './claims/standing-nodes.ts';
export { createStandingNodes, NO_NODES } from './claims/standing-nodes.ts';
export type { ReleasedClaim, Remembered, StandingBind, StandingClaims } from './claims/standing.ts';
export { EVERY_HOST, NOTHING_STANDS, withoutReleased } from './claims/standing.ts';
export type {
  Complaint,
  Diagnostic,
  DiagnosticCode,
  DiagnosticObject,
  DiagnosticSeverity,
  Finding,
} from './diagnostics/diagnostics.ts';
export {
  createDiagnostic,
  DIAGNOSTICS,
  formatDiagnostic,
  sortDiagnostics,
  subjectOfDiagnostic,
} from './diagnostics/diagnostics.ts';
export { cutList, formatCount } from './diagnostics/lists.ts';
export { mergeDiagnostics } from './diagnostics/merge.ts';
export type { Parsed, ParsedValue, ParseFailure } from './diagnostics/parsed.ts';
export { displayName, quoteUserText } from './diagnostics/quote.ts';
export { suggestWord } from './diagnostics/suggest.ts';
export type { Dialect, Reading } from './dialects/dialect.ts';
export {
  annotationsOfAnyDialect,
  concernsAnyDialect,
  DIALECTS,
  readIntents,
  isKeyOfAnyDialect,
} from './dialects/dialects.ts';
export { ANNOTATION_PREFIX, ENABLING_LABEL } from './dialects/kubefigurator/keys.ts';
export { isServiceSelected } from './dialects/kubefigurator/near-miss.ts';
export { portLabel } from './dialects/kubefigurator/ports.ts';
export type { UnsupportedField } from './dialects/kubefigurator/unsupported-fields.ts';
export { UNSUPPORTED_FIELDS } from './dialects/kubefigurator/unsupported-fields.ts';
export type { Fitted } from './fit/fit.ts';
export { fit } from './fit/fit.ts';
export type { FitOptions, LeftOutServices } from './fit/options.ts';
export type { Published } from './fit/published.ts';
export { createPublishedParts } from './fit/published.ts';
export type { HostPattern, Intent, Naming, ProxyMode, Server } from './intent/intent.ts';
export { buildModel } from './model/build-model.ts';
export { backendName } from './model/names.ts';
export type { Backend, Frontend, ProxyModel, Route } from './model/proxy-model.ts';
export type { AppProtocol } from './options/app-protocols.ts';
export { APP_PROTOCOLS } from './options/app-protocols.ts';
export type { OptionDescription, OptionRow, OptionTable } from './options/option.ts';
export { OPTIONS } from './options/table.ts';
export { ALGORITHMS } from './options/values/balance.ts';
export { parseAbsolutePath, parseCertificateFile } from './options/values/certificate-file.ts';
export type { DocumentNode, MappingEntry, Mistake } from './policy/document.ts';
export { documentOf } from './policy/document.ts';
export type { ClaimField } from './policy/fields.ts';
export { CLAIM_FIELDS } from './policy/fields.ts';
export { nameForPeople, ownersOf } from './policy/judge-claims.ts';
export type { PolicyReading } from './policy/parse-policy.ts';
export { parsePolicy, POLICY_FIELDS, RULE_FIELDS } from './policy/parse-policy.ts';
export { goesByLabels, grantOfName } from './policy/rule-finder.ts';
export type { ReadOptions, RunStage, WithinLimits } from './read-within-limits.ts';
export { readWithinLimits } from './read-within-limits.ts';
export { render } from './render/render.ts';
export type { HostOwners, Inventory, InventoryBackend, InventoryBind } from './report/inventory.ts';
export {
  inventoryOfModel,
  readInventory,
  readStandingSections,
  readStandingServers,
} from './report/inventory.ts';
export type { Summary } from './report/summary.ts';
export { summarizeTranslation } from './report/summary.ts';
export type { WantedStatus } from './report/wanted-status.ts';
export { wantedStatuses } from './report/wanted-status.ts';
export type { JudgedAddress } from './servers/nodes.ts';
export { judgeNodeAddresses, poolNodes, whyExcluded } from './servers/nodes.ts';
export type { NodePool, PooledNode } from './servers/pooled-node.ts';
export type { LabelRequirement, LabelSelector } from './snapshot/node-selector.ts';
export type { PortRange } from './snapshot/host-ports.ts';
export { WELL_KNOWN_PORTS } from './snapshot/host-ports.ts';
export type { LimitName, ServiceLimits } from './snapshot/limits.ts';
export { LIMITS } from './snapshot/limits.ts';
export { parseNodeSelector } from './snapshot/node-selector.ts';
export type { Grant, Policy, PolicyRule } from './snapshot/policy.ts';
export type { TranslatorSettings } from './snapshot/settings.ts';
export { defaultTranslatorSettings } from './snapshot/settings.ts';
export type {
  ClusterSnapshot,
  IpFamily,
  NamespaceRecord,
  NodeRecord,
  PortRecord,
  ServiceRecord,
} from './snapshot/snapshot.ts';
