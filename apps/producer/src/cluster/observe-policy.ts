import {
  type Health,
  type Io,
  type Logger,
  OperatorError,
  unlessStopped,
  UsageError,
} from '@kubefigurator/daemon';
import type { Policy } from '@kubefigurator/translator';
import type { ApiClient } from './api/client.ts';
import { clientFor, type SourceSettings, unobservable } from './observe.ts';
import {
  followPolicyConfigMap,
  readPolicyConfigMap,
  type VersionedText,
} from './policy/policy-config-map.ts';
import { type FollowedPolicy, followPolicyFile, readPolicyFile } from './policy/policy-file.ts';
import { createPolicyKeeper, type NamespaceLabels, type PolicyKeeper } from './policy/policy-keeper.ts';
import { readPolicyText } from './policy/policy-text.ts';
import type { ObjectName } from './records/metadata.ts';

/** Where the policy is. There is none if neither a file nor a ConfigMap is set; both together are refused. */
export interface PolicySettings {
  readonly policyFile: string | undefined;
  /** `<namespace>/<name>`. */
  readonly policyConfigMap: string | undefined;
  /** As in `TranslatorSettings`. */
  readonly cluster: string;
}

export interface ObservePolicyOptions {
  readonly settings: SourceSettings & PolicySettings;
  readonly io: Io;
  readonly log: Logger;
}

/** Reads the policy once; undefined if there is none. Throws a UsageError or an OperatorError if it can't be used. */
export async function readPolicyOnce(options: ObservePolicyOptions): Promise<Policy | undefined> {
  const place = placeOf(options.settings);
  if (place === undefined) return undefined;
  if (place.kind === 'file') return policyOf({ text: await textOfFile(place.path) }, place.label, options);
  const { io } = options;
  const client = await clientFor(options);
  const reading = readPolicyConfigMap({ name: place.name, client, signal: io.signal }).catch(
    (error: unknown) => {
      if (error instanceof OperatorError) throw unusable(place.label, error.message);
      return unobservable(client, error);
    },
  );
  return policyOf(await unlessStopped(reading, io.signal), place.label, options);
}

/** What the program may ask of a policy while it runs. */
export interface ObservedPolicy extends Pick<PolicyKeeper, 'current' | 'ready' | 'trouble'>, FollowedPolicy {}

export interface FollowPolicyOptions {
  readonly labels: NamespaceLabels;
  /** Called when another policy comes into force; for a file this may be before `follow` returns. */
  readonly onChange: () => void;
}

/**
 * Prepares to follow the policy, and gives the function that begins to follow it. Throws a UsageError for a file that
 * can't be used, so that nothing starts without its policy.
 */
export async function openPolicy(
  options: ObservePolicyOptions,
): Promise<(follow: FollowPolicyOptions) => ObservedPolicy> {
  const { settings, io, log } = options;
  const place = placeOf(settings);
  if (place === undefined) return () => NO_POLICY;
  const { signal } = io;
  const { label } = place;
  let begin: (keeper: PolicyKeeper) => FollowedPolicy;
  if (place.kind === 'file') {
    const text = await textOfFile(place.path);
    policyOf({ text }, label, options);
    begin = (keeper) => {
      keeper.offer(text);
      return followPolicyFile({ path: place.path, keeper, log, signal });
    };
  } else {
    const client: ApiClient = await clientFor(options);
    begin = (keeper) => followPolicyConfigMap({ name: place.name, client, keeper, log, signal });
  }
  return ({ labels, onChange }) => {
    const keeper = createPolicyKeeper({ from: label, cluster: settings.cluster, labels, onChange, log });
    return { ...keeper, ...begin(keeper) };
  };
}

const NO_POLICY: ObservedPolicy = {
  current: () => undefined,
  ready: (): Health => true,
  trouble: () => undefined,
  refresh: () => undefined,
  done: Promise.resolve(),
};

/** Where the policy is; `label` names the place in messages. */
type Place =
  | { readonly kind: 'file'; readonly path: string; readonly label: string }
  | { readonly kind: 'config-map'; readonly name: ObjectName; readonly label: string };

function placeOf({ policyFile, policyConfigMap, from }: SourceSettings & PolicySettings): Place | undefined {
  if (policyFile !== undefined && policyConfigMap !== undefined)
    throw new UsageError('--policy-file and --policy-config-map: give one of them');
  if (policyFile !== undefined) return { kind: 'file', path: policyFile, label: policyFile };
  if (policyConfigMap === undefined) return undefined;
  if (from !== undefined)
    throw new UsageError('--policy-config-map needs an API server: with --from, give --policy-file');
  const [namespace, name = ''] = policyConfigMap.split('/');
  return { kind: 'config-map', name: { namespace, name }, label: `ConfigMap ${policyConfigMap}` };
}

async function textOfFile(path: string): Promise<string> {
  return readPolicyFile(path).catch((error: unknown) => {
    throw error instanceof OperatorError ? unusable(path, error.message) : error;
  });
}

function policyOf(
  { text, version }: VersionedText,
  label: string,
  { settings }: ObservePolicyOptions,
): Policy {
  const reading = readPolicyText(text, settings.cluster, version);
  if (!reading.ok) throw unusable(label, reading.reason);
  return reading.policy;
}

function unusable(label: string, reason: string): UsageError {
  return new UsageError(`the policy (${label}) can't be used: ${reason}`);
}
