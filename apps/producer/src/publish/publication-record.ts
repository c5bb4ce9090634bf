import { isJsonObject, parseJsonObject } from './json-object.ts';

/** Resource versions by the name of a list, as in `ClusterSource`. */
export type Versions = Readonly<Record<string, string>>;

/** What is written beside each text that is published. */
export interface PublicationRecord {
  /** The id of the producer; undefined if the record doesn't say it. */
  readonly by: string | undefined;
  /** From which versions of the lists the text was made; none if the record doesn't say it. */
  readonly lists: Versions;
  /** True if it was a producer that was elected, so that one ought to lead; false for `apply`. */
  readonly elected: boolean;
  /** The version of the policy, as in `Policy`; absent without one. */
  readonly policy?: string | undefined;
}

export function formatRecord({ by, lists, elected, policy }: PublicationRecord): string {
  return JSON.stringify({ by, lists, ...(elected ? { elected } : {}), policy });
}

/** Reads what `formatRecord` writes; anything else says nothing, since a person may have written it. */
export function parseRecord(record: string | undefined): PublicationRecord {
  const { by, lists, elected, policy } = record === undefined ? {} : parseJsonObject(record);
  const given = Object.entries(isJsonObject(lists) ? lists : {});
  return {
    by: typeof by === 'string' ? by : undefined,
    lists: Object.fromEntries(
      given.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    ),
    elected: elected === true,
    ...(isPolicyVersion(policy) ? { policy } : {}),
  };
}

/** True for a version as `Policy` has it: anybody who may write the key may have written anything there. */
export function isPolicyVersion(value: unknown): value is string {
  return typeof value === 'string' && /^[\w:.-]{1,100}$/.test(value);
}
