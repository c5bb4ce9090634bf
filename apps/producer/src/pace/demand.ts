import { isDeepStrictEqual } from 'node:util';
import { isKeyOfAnyDialect, type ServiceRecord } from '@kubefigurator/translator';

/**
 * True if two records ask for the same: they are equal except for labels and annotations that no dialect reads.
 * The records are compared and not the intents in them: reading the intents of a Service that asks for far more than it
 * may have would cost more than its own size.
 */
export function haveSameDemand(one: ServiceRecord | undefined, other: ServiceRecord | undefined): boolean {
  if (one === other) return true;
  if (one === undefined || other === undefined) return false;
  return isDeepStrictEqual(withReadEntries(one), withReadEntries(other));
}

/** The record with only those labels and annotations that a dialect reads. */
function withReadEntries(service: ServiceRecord): ServiceRecord {
  return {
    ...service,
    labels: entriesThatAreRead(service.labels),
    annotations: entriesThatAreRead(service.annotations),
  };
}

function entriesThatAreRead(entries: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...entries].filter(([key]) => isKeyOfAnyDialect(key)));
}
