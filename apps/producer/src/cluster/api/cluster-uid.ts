import { isUid } from '@kubefigurator/config-model';
import { parseApiJson } from './foreign-answer.ts';
import { readBodyText } from '../http/body.ts';
import type { ApiClient } from './client.ts';

/** Every cluster has this Namespace, and nobody can delete it, so that its uid is the cluster's. */
const PATH = '/api/v1/namespaces/kube-system';
const LIMITS = { limitBytes: 1024 * 1024, idleMs: 10_000 };

/**
 * The uid that identifies the cluster behind an API server; throws as `get` of the client does, and an Error if the
 * answer has none.
 */
export async function readClusterUid(client: ApiClient, signal: AbortSignal): Promise<string> {
  const text = await readBodyText(await client.get(PATH, signal), LIMITS);
  const namespace = parseApiJson(text, new URL(client.server + PATH));
  const { metadata } = (namespace ?? {}) as { metadata?: { uid?: unknown } };
  const uid = metadata?.uid;
  if (typeof uid === 'string' && isUid(uid)) return uid;
  throw new Error(`the answer to ${PATH} has no uid`);
}
