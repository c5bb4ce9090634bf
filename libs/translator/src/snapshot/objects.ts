import { compareText } from '@kubefigurator/config-model';
import type { Diagnostic } from '../diagnostics/diagnostics.ts';
import { createDiagnostic } from '../diagnostics/diagnostics.ts';
import { displayName } from '../diagnostics/quote.ts';

/** The names that Kubernetes accepts (RFC 1123: at most 63 or 253 characters); manifests on disk may hold others. */
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

/** The objects whose names an API server accepts, and a diagnostic for each of the others. */
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

/** Keeps one object of each key and reports the others; the choice doesn't depend on the order of `objects`. */
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
    kept.set(key, other === undefined ? object : firstByContent(object, other));
    if (other !== undefined) {
      const message = 'a second object of this name; keep one of them';
      const named = diagnosticObject({ ...namespaceField(object), kind, name: object.name });
      diagnostics.push(createDiagnostic({ code: 'duplicate-object', object: named, message }));
    }
  }
  return { kept: [...kept.values()], diagnostics };
}

function namespaceField(object: { readonly namespace?: string }): { readonly namespace?: string } {
  return object.namespace === undefined ? {} : { namespace: object.namespace };
}

function firstByContent<T>(a: T, b: T): T {
  return compareText(JSON.stringify(a, mapAsEntries), JSON.stringify(b, mapAsEntries)) <= 0 ? a : b;
}

/** Replaces Maps by their sorted entries, so that the order of their keys has no effect. */
function mapAsEntries(_key: string, item: unknown): unknown {
  return item instanceof Map
    ? [...(item as Map<string, string>)].sort(([a], [b]) => compareText(a, b))
    : item;
}
