import type { Diagnostic } from '../diagnostics/diagnostics.ts';
import { createDiagnostic } from '../diagnostics/diagnostics.ts';
import { quoteUserText } from '../diagnostics/quote.ts';
import type { TranslatorSettings } from '../snapshot/settings.ts';
import type { ClusterSnapshot, ServiceRecord } from '../snapshot/snapshot.ts';
import type { Dialect, Reading } from './dialect.ts';
import { kubefigurator } from './kubefigurator/dialect.ts';
import { ENABLING_LABEL } from './kubefigurator/keys.ts';
import { isServiceSelected } from './kubefigurator/near-miss.ts';

/** The dialects that the producer reads. */
export const DIALECTS: readonly Dialect[] = [kubefigurator];

/** True if a record concerns at least one dialect. */
export function concernsAnyDialect(record: ServiceRecord, dialects: readonly Dialect[] = DIALECTS): boolean {
  return dialects.some((dialect) => dialect.concerns(record));
}

/** True for a key of a label or an annotation that at least one dialect reads, or warns of. */
export function isKeyOfAnyDialect(key: string, dialects: readonly Dialect[] = DIALECTS): boolean {
  return dialects.some((dialect) => dialect.readsKey(key));
}

/** Which keys of the annotations of a Service with these labels at least one dialect reads, or warns of. */
export function annotationsOfAnyDialect(
  labels: ReadonlyMap<string, string>,
  dialects: readonly Dialect[] = DIALECTS,
): (key: string) => boolean {
  const [selecting, others] = [
    dialects.filter((dialect) => dialect.selects(labels)),
    dialects.filter((dialect) => !dialect.selects(labels)),
  ];
  return (key) =>
    selecting.some((dialect) => dialect.readsKey(key)) || others.some((dialect) => dialect.warnsOfKey(key));
}

/** Reads the snapshot in every dialect. */
export function readIntents(
  snapshot: ClusterSnapshot,
  settings: TranslatorSettings,
  dialects: readonly Dialect[] = DIALECTS,
): Reading {
  const readings = dialects.map((dialect) => dialect.read(snapshot, settings));
  const intents = readings.flatMap((reading) => reading.intents);
  const diagnostics = readings.flatMap((reading) => reading.diagnostics);
  const isNothingSelected = intents.length === 0 && !snapshot.services.some(isServiceSelected);
  const namings = readings.flatMap((reading) => reading.namings);
  return {
    intents,
    namings,
    diagnostics: isNothingSelected ? [...diagnostics, noServices(settings)] : diagnostics,
  };
}

function noServices({ cluster }: TranslatorSettings): Diagnostic {
  const { key, value } = ENABLING_LABEL;
  const message = `no Service has the label ${key} with the value ${quoteUserText(value)}, so no Service is served: label one, or look at --namespace and --from`;
  return createDiagnostic({ code: 'no-services', object: { kind: 'Cluster', name: cluster }, message });
}
