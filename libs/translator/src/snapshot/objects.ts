import { compareText } from '@kubefigurator/config-model';
import type { Diagnostic } from '../diagnostics/diagnostics.ts';
import { createDiagnostic } from '../diagnostics/diagnostics.ts';
import { displayName } from '../diagnostics/quote.ts';

/** What Kubernetes accepts as a name; manifests on disk may hold anything. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

export const LAST_PORT = 65_535;

/** True for the number of a TCP port. */
export function isPortNumber(number: number): boolean {
  return Number.isInteger(number) && number >= 1 && number <= LAST_PORT;
}

interface ObjectName {
  readonly kind: 'Service' | 'Node';
  readonly namespace?: string;
  readonly name: string;
}

/** True for the names of namespaces, Services and ports. */
export function isLabelName(name: string): boolean {
  return LABEL.test(name);
}

/** An object's name for a diagnostic: quoted and cut unless it is a plain name. */
export function diagnosticObject(object: ObjectName): ObjectName {
  const name = displayName(object.name);
  return object.namespace === undefined
    ? { kind: object.kind, name }
    : { kind: object.kind, namespace: displayName(object.namespace), name };
}

/** Separates objects with valid names from those that an API server would have refused, which are reported. */
export function checkObjectNames<T>(
  objects: readonly T[],
  nameOf: (object: T) => ObjectName,
): { readonly valid: readonly T[]; readonly diagnostics: readonly Diagnostic[] } {
  const valid: T[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const object of objects) {
    const name = nameOf(object);
    if (isValid(name)) valid.push(object);
    else
      diagnostics.push(
        createDiagnostic({ code: 'invalid-object', object: diagnosticObject(name), message: BAD_NAME }),
      );
  }
  return { valid, diagnostics };
}

const BAD_NAME =
  'Kubernetes accepts no such name: use lower case letters, digits and "-" (in names of Nodes also "."); the object is left out';

function isValid({ kind, namespace, name }: ObjectName): boolean {
  return kind === 'Node' ? SUBDOMAIN.test(name) : isLabelName(namespace ?? '') && isLabelName(name);
}

/** Keeps one object of each key, the same one for any order of the objects; the others are reported. */
export function distinctObjectsBy<T extends { readonly name: string; readonly namespace?: string }>(
  objects: readonly T[],
  keyOf: (object: T) => string,
  kind: ObjectName['kind'],
): { readonly kept: readonly T[]; readonly diagnostics: readonly Diagnostic[] } {
  const kept = new Map<string, T>();
  const diagnostics: Diagnostic[] = [];
  for (const object of objects) {
    const key = keyOf(object);
    const other = kept.get(key);
    kept.set(key, other === undefined ? object : smaller(object, other));
    if (other !== undefined) {
      const message = 'a second object of this name; keep one of them';
      const named = diagnosticObject({ ...namespaceOf(object), kind, name: object.name });
      diagnostics.push(createDiagnostic({ code: 'duplicate-object', object: named, message }));
    }
  }
  return { kept: [...kept.values()], diagnostics };
}

function namespaceOf(object: { readonly namespace?: string }): { readonly namespace?: string } {
  return object.namespace === undefined ? {} : { namespace: object.namespace };
}

function smaller<T>(a: T, b: T): T {
  return compareText(JSON.stringify(a, plain), JSON.stringify(b, plain)) <= 0 ? a : b;
}

/** Replaces Maps by their sorted entries, so that the order of their keys has no effect. */
function plain(_key: string, item: unknown): unknown {
  return item instanceof Map
    ? [...(item as Map<string, string>)].sort(([a], [b]) => compareText(a, b))
    : item;
}
