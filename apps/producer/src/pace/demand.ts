import { isDeepStrictEqual } from 'node:util';
import { isKeyOfAnyDialect, type ServiceRecord } from '@kubefigurator/translator';

/**
 * True if two records ask for the same: they are equal but for labels and annotations that nobody reads. What they ask
 * for isn't read for that: a Service that asks for more than it may have must not cost more than its own size.
 */
export function haveSameDemand(one: ServiceRecord | undefined, other: ServiceRecord | undefined): boolean {
  if (one === other) return true;
  return one !== undefined && other !== undefined && isDeepStrictEqual(readPart(one), readPart(other));
}

function readPart(service: ServiceRecord): ServiceRecord {
  return { ...service, labels: readEntries(service.labels), annotations: readEntries(service.annotations) };
}

function readEntries(entries: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...entries].filter(([key]) => isKeyOfAnyDialect(key)));
}
