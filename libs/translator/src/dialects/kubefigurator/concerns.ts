import type { ServiceRecord } from '../../snapshot/snapshot.ts';
import { isKubefiguratorKey } from './keys.ts';

/**
 * True if a Service carries a label or an annotation under our prefix, in any letter case.
 * Other Services change neither the config nor a diagnostic, so their changes need no pass.
 */
export function concernsKubefigurator(service: ServiceRecord): boolean {
  return someKeyIsOurs(service.labels) || someKeyIsOurs(service.annotations);
}

function someKeyIsOurs(entries: ReadonlyMap<string, string>): boolean {
  for (const key of entries.keys()) if (isKubefiguratorKey(key)) return true;
  return false;
}
