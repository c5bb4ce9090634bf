import {
  etcdKeyAt,
  KEYS,
  etcdMemberKeyAt,
  etcdPrefixAt,
  type KeyName,
  type RangeName,
  type SingleName,
} from '@kubefigurator/config-model';
import { CODECS, type Codec, type FormatValues } from './codecs.ts';

/** One key or a range of keys, with the type of the values. */
export interface Selection<T> {
  /** The key, or the prefix of the range, as messages name it. */
  readonly name: string;
  /** The key, or the prefix of the range. */
  readonly first: Buffer;
  /** The first key behind the range; undefined for one key. */
  readonly end: Buffer | undefined;
  readonly codec: Codec<T>;
  /** The name of a key inside the selection: the member of a range, or the key itself. */
  readonly memberOf: (key: Buffer) => string;
}

export interface StoreKey<T> extends Selection<T> {
  readonly end: undefined;
}

export interface StoreRange<T> extends Selection<T> {
  readonly end: Buffer;
}

/** The type of the values of a row of the table. */
export type ValueOf<K extends KeyName> = FormatValues[(typeof KEYS)[K]['format']];

/** A single key below `<path>`. */
export function storeKey<K extends SingleName>(path: string, name: K): StoreKey<ValueOf<K>> {
  return keyNamed(etcdKeyAt(path, name), codecOf(name));
}

/** One key of a range, such as the status of one host. */
export function memberKey<K extends RangeName>(path: string, name: K, member: string): StoreKey<ValueOf<K>> {
  return keyNamed(etcdMemberKeyAt(path, name, member), codecOf(name));
}

/** All keys of a range, such as the status of every host. */
export function storeRange<K extends RangeName>(path: string, name: K): StoreRange<ValueOf<K>> {
  const prefix = etcdPrefixAt(path, name);
  const first = Buffer.from(prefix);
  return {
    name: prefix,
    first,
    end: endOf(first),
    codec: codecOf(name),
    memberOf: (key) => key.subarray(first.length).toString(),
  };
}

function keyNamed<T>(name: string, codec: Codec<T>): StoreKey<T> {
  return { name, first: Buffer.from(name), end: undefined, codec, memberOf: () => name };
}

function codecOf<K extends KeyName>(name: K): Codec<ValueOf<K>> {
  return CODECS[KEYS[name].format] as Codec<unknown> as Codec<ValueOf<K>>;
}

/** The first key behind all that begin with the prefix: its last byte plus one, since UTF-8 text has no byte 0xff. */
function endOf(prefix: Buffer): Buffer {
  const end = Buffer.from(prefix);
  end.writeUInt8(end.readUInt8(end.length - 1) + 1, end.length - 1);
  return end;
}
