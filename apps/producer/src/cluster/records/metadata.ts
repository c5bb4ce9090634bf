import { objectFields, requiredTextField, textField } from './fields.ts';
import type { Fields } from './fields.ts';

/** What names an object within its kind. */
export interface ObjectName {
  /** Undefined for a kind that has no namespaces. */
  readonly namespace: string | undefined;
  readonly name: string;
}

export function metadataOf(object: unknown): Fields {
  return objectFields(objectFields(object, 'object')['metadata'], 'metadata');
}

/**
 * The name of an object, from its metadata alone, so that an object is recognised even if nothing else of it can be
 * read. Throws a {@link FieldError} if name or namespace can't be read.
 */
export function readObjectName(object: unknown, namespaced: boolean): ObjectName {
  const { name, namespace } = metadataOf(object);
  return {
    namespace: namespaced ? namespaceOf(namespace) : undefined,
    name: requiredTextField(name, 'metadata.name'),
  };
}

/** The namespace of an object's metadata; `default` if it names none, as the API server fills in. */
export function namespaceOf(value: unknown): string {
  return textField(value, 'metadata.namespace') ?? 'default';
}

/** `shop/web`, or `worker-a` for a kind that has no namespaces. */
export function objectKey({ namespace, name }: ObjectName): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/**
 * What distinguishes an object from a later one of the same name; undefined if it can't be read.
 * The API server sets it, manifests rarely have it.
 */
export function uidOf(object: unknown): string | undefined {
  const { metadata } = mapping(object);
  const { uid } = mapping(metadata);
  return typeof uid === 'string' && uid !== '' ? uid : undefined;
}

function mapping(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
