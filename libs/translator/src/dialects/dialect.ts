import type { Diagnostic } from '../diagnostics/diagnostics.ts';
import type { Intent, Naming } from '../intent/intent.ts';
import type { OptionTable } from '../options/option.ts';
import type { TranslatorSettings } from '../snapshot/settings.ts';
import type { ClusterSnapshot, ServiceRecord } from '../snapshot/snapshot.ts';

/** One way in which Services ask for something. No later stage reads their annotations. */
export interface Dialect {
  readonly name: string;
  readonly options: OptionTable;
  /** True if a record can change the config or a diagnostic; changes of other records need no pass. */
  readonly concerns: (record: ServiceRecord) => boolean;
  /** True for a key of a label, or of an annotation of a Service with labels that select it, that is read or warned of. */
  readonly readsKey: (key: string) => boolean;
  /** True if labels select a Service. */
  readonly selects: (labels: ReadonlyMap<string, string>) => boolean;
  /** True for a key of an annotation that is warned of on a Service that isn't selected. */
  readonly warnsOfKey: (key: string) => boolean;
  readonly read: (snapshot: ClusterSnapshot, settings: TranslatorSettings) => Reading;
}

/** What the cluster asks for, before any two intents are compared. */
export interface Reading {
  /** In the order of their claims: the oldest Service first, then namespace, name and the order of ports. */
  readonly intents: readonly Intent[];
  /** One for each port of an enabled Service, served or not; none for a port whose listen port no Service may have. */
  readonly namings: readonly Naming[];
  readonly diagnostics: readonly Diagnostic[];
}
