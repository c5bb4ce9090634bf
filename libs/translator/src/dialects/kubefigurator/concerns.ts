import type { ServiceRecord } from '../../snapshot.ts';
import { ANNOTATION_PREFIX } from '../../annotations.ts';

/** The prefix without its dot, so that a key with another separator behind it (`haproxy-kubefigurator/…`) counts too. */
export const OUR_NAME = ANNOTATION_PREFIX.slice(0, -1);

/** True if the key of a label or annotation begins with our prefix, in any letter case. */
export function isOurs(key: string): boolean {
  return key.slice(0, OUR_NAME.length).toLowerCase() === OUR_NAME;
}

/**
 * True if a Service carries a label or an annotation under our prefix, in any letter case.
 * Other Services change neither the config nor a diagnostic, so their changes need no pass.
 */
export function concerns(service: ServiceRecord): boolean {
  return someKeyIsOurs(service.labels) || someKeyIsOurs(service.annotations);
}

function someKeyIsOurs(entries: ReadonlyMap<string, string>): boolean {
  for (const key of entries.keys()) if (isOurs(key)) return true;
  return false;
}
