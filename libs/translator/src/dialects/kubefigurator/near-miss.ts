import { compareText } from '@kubefigurator/config-model';
import type { Diagnostic } from '../../diagnostics/diagnostics.ts';
import { createDiagnostic } from '../../diagnostics/diagnostics.ts';
import { quote } from '../../diagnostics/quote.ts';
import { diagnosticObject } from '../../snapshot/objects.ts';
import type { ServiceRecord } from '../../snapshot/snapshot.ts';
import { ENABLING_LABEL, isOurs, OUR_NAME } from './keys.ts';

/** Values of the enabling label that mean no; every value other than these and `yes` is a near miss. */
const DISABLING = new Set(['', 'no', 'false']);

/** True if the Service has the enabling label. */
export function isSelected(service: ServiceRecord): boolean {
  return service.labels.get(ENABLING_LABEL.key) === ENABLING_LABEL.value;
}

/** Labels and annotations of a Service that look like the enabling label and enable nothing. */
export function nearMiss(service: ServiceRecord): Diagnostic[] {
  const enabled = isSelected(service);
  const message = enabled ? strayLabelOf(service) : nearMissOf(service);
  if (message === undefined) return [];
  const object = diagnosticObject({ kind: 'Service', namespace: service.namespace, name: service.name });
  return [createDiagnostic({ code: 'near-miss-label', object, message })];
}

/** A label beside the enabling one whose key begins with our prefix in another letter case. */
function strayLabelOf({ labels }: ServiceRecord): string | undefined {
  const stray = smallest([...labels.keys()].filter((key) => isOurs(key) && !key.startsWith(OUR_NAME)));
  return stray === undefined
    ? undefined
    : `there is a label ${quote(stray)}, which has no effect; the label that counts is ${ENABLING_LABEL.key}`;
}

function nearMissOf({ labels, annotations }: ServiceRecord): string | undefined {
  const right = quote(ENABLING_LABEL.value);
  const label = labels.get(ENABLING_LABEL.key);
  if (label !== undefined) {
    return DISABLING.has(label.toLowerCase())
      ? undefined
      : `the label ${ENABLING_LABEL.key} is ${quote(label)}, which enables nothing; give it the value ${right}`;
  }
  const annotation = smallest(
    [...annotations].flatMap(([key, text]) =>
      key.toLowerCase() === ENABLING_LABEL.key && text === ENABLING_LABEL.value ? key : [],
    ),
  );
  if (annotation !== undefined) {
    return annotation === ENABLING_LABEL.key
      ? `${ENABLING_LABEL.key} is an annotation here, which enables nothing; make it a label with the value ${right}`
      : `there is an annotation ${quote(annotation)}, which enables nothing; did you mean the label ${ENABLING_LABEL.key} with the value ${right}?`;
  }
  const similar = smallest([...labels.keys()].filter(isOurs));
  if (similar === undefined) return undefined;
  return `there is a label ${quote(similar)}, which enables nothing; did you mean the label ${ENABLING_LABEL.key} with the value ${right}?`;
}

function smallest(texts: readonly string[]): string | undefined {
  return [...texts].sort(compareText)[0];
}
