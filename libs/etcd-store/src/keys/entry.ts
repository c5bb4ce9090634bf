import type { IKeyValue } from 'etcd3';
import { revealSecret, type Parsed, type Secret } from '@kubefigurator/daemon';
import type { Codec } from './codecs.ts';

/** What a key held at one revision. */
export interface Entry<T> {
  /** The key's mod_revision. */
  readonly revision: string;
  /** The revision at which the key came into being; another one after it was deleted and put again. */
  readonly createRevision: string;
  /** The size of the stored value, in bytes. */
  readonly bytes: number;
  /** The value, or the reason why it can't be read. */
  readonly value: Parsed<T>;
}

export function decodeEntry<T>(kv: IKeyValue, codec: Codec<T>): Entry<T> {
  return {
    revision: kv.mod_revision,
    createRevision: kv.create_revision,
    bytes: kv.value.length,
    value: codec.decode(kv.value),
  };
}

/** The same revision and the same content: a restored etcd may assign a revision again to other content. */
export function sameEntry(a: Entry<unknown>, b: Entry<unknown>): boolean {
  return a.revision === b.revision && a.bytes === b.bytes && contentOf(a) === contentOf(b);
}

function contentOf({ value }: Entry<unknown>): unknown {
  if (!('value' in value)) return value.reason;
  return isSecret(value.value) ? revealSecret(value.value) : value.value;
}

/** Of all formats only a secret isn't a string. */
function isSecret(value: unknown): value is Secret {
  return typeof value === 'object';
}
