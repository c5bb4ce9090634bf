import type { TranslatorSettings } from '../snapshot/settings.ts';
import type { ClusterSnapshot, ServiceRecord } from '../snapshot/snapshot.ts';
import type { Dialect, Reading } from './dialect.ts';
import { kubefigurator } from './kubefigurator/dialect.ts';

/** The dialects that the producer reads. */
export const DIALECTS: readonly Dialect[] = [kubefigurator];

/** True if a record concerns at least one dialect. */
export function concerns(record: ServiceRecord, dialects: readonly Dialect[] = DIALECTS): boolean {
  return dialects.some((dialect) => dialect.concerns(record));
}

/** Reads the snapshot in every dialect. */
export function read(
  snapshot: ClusterSnapshot,
  settings: TranslatorSettings,
  dialects: readonly Dialect[] = DIALECTS,
): Reading {
  const readings = dialects.map((dialect) => dialect.read(snapshot, settings));
  return {
    intents: readings.flatMap(({ intents }) => intents),
    diagnostics: readings.flatMap(({ diagnostics }) => diagnostics),
  };
}
