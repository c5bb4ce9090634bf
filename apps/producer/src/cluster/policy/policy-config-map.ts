import type { Logger } from '@kubefigurator/daemon';
import { OperatorError } from '@kubefigurator/daemon';
import type { ApiClient } from '../api/client.ts';
import { type Collection, listCollection, singleObject } from '../api/list.ts';
import { createReflector } from '../api/reflector.ts';
import type { ObjectName } from '../records/metadata.ts';
import type { ConfigMapRecord } from '../records/normalize.ts';
import { CONFIG_MAP_KIND } from '../records/record-kinds.ts';
import { createRecordStore, type RecordStore, type UnreadableObject } from '../records/record-store.ts';
import type { FollowedPolicy } from './policy-file.ts';
import type { PolicyKeeper } from './policy-keeper.ts';

/** The text of a policy, with its version as in `Policy`. */
export interface VersionedText {
  readonly text: string;
  readonly version?: string;
}

/** The key of a ConfigMap under which the policy is. */
export const POLICY_KEY = 'policy.yaml';

export interface ConfigMapOptions {
  readonly name: ObjectName;
  readonly client: ApiClient;
  readonly signal: AbortSignal;
}

/**
 * The text of the policy in a ConfigMap. Throws an OperatorError if the ConfigMap or the policy in it is missing or
 * can't be read, and what `listCollection` throws if the API server can't be read.
 */
export async function readPolicyConfigMap({
  name,
  client,
  signal,
}: ConfigMapOptions): Promise<VersionedText> {
  const store = openStore(({ error }) => {
    throw new OperatorError(CONFIG_MAP_KIND.explain(error));
  });
  const replacement = store.replace();
  await listCollection(client, singleObject(CONFIG_MAP_KIND, name), replacement, signal);
  replacement.commit();
  const found = policyIn(store);
  if (found instanceof OperatorError) throw found;
  return found;
}

export interface FollowConfigMapOptions extends ConfigMapOptions {
  readonly keeper: PolicyKeeper;
  readonly log: Logger;
}

/** Follows the policy in a ConfigMap. */
export function followPolicyConfigMap(options: FollowConfigMapOptions): FollowedPolicy {
  const { name, client, keeper, log, signal } = options;
  const collection: Collection = singleObject(CONFIG_MAP_KIND, name);
  const store = openStore(({ error }) => keeper.refuse(CONFIG_MAP_KIND.explain(error)));
  const reflector = createReflector({
    ...{ client, collection, store, log, signal },
    onChange: () => {
      const found = policyIn(store);
      if (found instanceof OperatorError) keeper.refuse(found.message);
      else keeper.offer(found.text, found.version);
    },
  });
  return { refresh: () => reflector.relist(), done: reflector.run() };
}

function openStore(onUnreadable: (object: UnreadableObject) => void): RecordStore<ConfigMapRecord> {
  return createRecordStore(CONFIG_MAP_KIND, onUnreadable);
}

/** The text in the only record of the store, or why there is none. */
function policyIn(store: RecordStore<ConfigMapRecord>): VersionedText | OperatorError {
  const [record] = store.records();
  if (record === undefined) return new OperatorError("it doesn't exist");
  const text = record.data.get(POLICY_KEY);
  if (text === undefined) return new OperatorError(`its data has no key ${POLICY_KEY}`);
  const { resourceVersion } = record;
  return {
    text,
    ...(resourceVersion === undefined ? {} : { version: `resourceVersion:${resourceVersion}` }),
  };
}
