import { compareText } from '@kubefigurator/config-model';
import type { Diagnostic } from '../../diagnostics/diagnostics.ts';
import { createDiagnostic } from '../../diagnostics/diagnostics.ts';
import { quoteUserText } from '../../diagnostics/quote.ts';
import { diagnosticObject } from '../../snapshot/objects.ts';
import type { ServiceRecord } from '../../snapshot/snapshot.ts';
import { ENABLING_LABEL, haveEnablingLabel, isEnablingKey, isKubefiguratorKey, OUR_NAME } from './keys.ts';

/** Values of the enabling label that mean no; every value other than these and `yes` is a near miss. */
const DISABLING = new Set(['', 'no', 'false']);

/** True if the Service has the enabling label. */
export function isServiceSelected(service: ServiceRecord): boolean {
  return haveEnablingLabel(service.labels);
}

/** At most one diagnostic: a label or annotation that looks like the enabling label and enables nothing. */
export function findNearMisses(service: ServiceRecord): Diagnostic[] {
  const enabled = isServiceSelected(service);
  const message = enabled ? strayLabelOf(service) : nearMissOf(service);
  if (message === undefined) return [];
  const object = diagnosticObject({ kind: 'Service', namespace: service.namespace, name: service.name });
  return [createDiagnostic({ code: 'near-miss-label', object, message })];
}

/** A message about a label whose key begins with our prefix in another letter case, beside the enabling one. */
function strayLabelOf({ labels }: ServiceRecord): string | undefined {
  const stray = firstInOrder(
    [...labels.keys()].filter((key) => isKubefiguratorKey(key) && !key.startsWith(OUR_NAME)),
  );
  return stray === undefined
    ? undefined
    : `there is a label ${quoteUserText(stray)}, which has no effect; the label that counts is ${ENABLING_LABEL.key}`;
}

/** What a Service without the enabling label has instead, as a message; undefined if nothing resembles it. */
function nearMissOf({ labels, annotations }: ServiceRecord): string | undefined {
  const right = quoteUserText(ENABLING_LABEL.value);
  const label = labels.get(ENABLING_LABEL.key);
  if (label !== undefined) {
    return DISABLING.has(label.toLowerCase())
      ? undefined
      : `the label ${ENABLING_LABEL.key} is ${quoteUserText(label)}, which enables nothing; give it the value ${right}`;
  }
  const annotation = firstInOrder(
    [...annotations].flatMap(([key, text]) =>
      isEnablingKey(key) && text === ENABLING_LABEL.value ? key : [],
    ),
  );
  if (annotation !== undefined) {
    return annotation === ENABLING_LABEL.key
      ? `${ENABLING_LABEL.key} is an annotation here, which enables nothing; make it a label with the value ${right}`
      : `there is an annotation ${quoteUserText(annotation)}, which enables nothing; did you mean the label ${ENABLING_LABEL.key} with the value ${right}?`;
  }
  const similar = firstInOrder([...labels.keys()].filter(isKubefiguratorKey));
  if (similar === undefined) return undefined;
  return `there is a label ${quoteUserText(similar)}, which enables nothing; did you mean the label ${ENABLING_LABEL.key} with the value ${right}?`;
}

function firstInOrder(texts: readonly string[]): string | undefined {
  return [...texts].sort(compareText)[0];
}
