import type { OwnerReading } from '@kubefigurator/etcd-store';
import { type Leader, parseLeader } from './leader-key.ts';
import { type Cluster, describeCluster, judgeOwner, type Owner, parseOwner } from './owner/owner.ts';
import { plainWord } from './plain-word.ts';
import { parseRecord } from './publication-record.ts';

/** What etcd says of who publishes, and for which cluster. */
export interface LeadFacts {
  /** The leader's key; undefined if etcd denies it to this user. */
  readonly leader?: OwnerReading | undefined;
  /** The record of the last publication; undefined if etcd denies it to this user. */
  readonly record?: OwnerReading | undefined;
  /** The owner key; undefined if etcd denies it to this user. */
  readonly owner?: OwnerReading | undefined;
}

/**
 * `leads`: a producer leads; who it is may be missing. `missing`: none does, and one has published last. `none`: none
 * does, and none has to, since `apply` has published last, or nobody yet.
 */
export type LeadState =
  | ({ readonly state: 'leads' } & Partial<Leader>)
  | { readonly state: 'missing' }
  | { readonly state: 'none' };

/** Who leads; undefined if etcd doesn't let this user know. */
export function judgeLead({ leader, record }: LeadFacts): LeadState | undefined {
  if (leader === undefined) return undefined;
  if (leader.value !== undefined) return { state: 'leads', ...parseLeader(leader.value) };
  return { state: parseRecord(record?.value).elected ? 'missing' : 'none' };
}

/** What follows while no producer leads that ought to. */
export const NOBODY_LEADS = "no producer leads, so that a change of the cluster isn't published: start one";

/** To which cluster the path belongs, for people and programs. */
export interface PathOwnership {
  /** As `--cluster` names it; empty if the producer has no name for it. */
  readonly cluster: string;
  /** The uid of its Namespace kube-system; absent if manifests are published. */
  readonly uid?: string;
  /** Since when, ISO 8601 in UTC; absent if nobody has written it down. */
  readonly since?: string;
  /** Who has given it to this cluster; absent if the first publication has. */
  readonly by?: string;
}

/** Whose the path is; undefined if nobody has it, or if that isn't known. */
export function judgePathOwnership({ owner: reading }: LeadFacts): PathOwnership | undefined {
  const owner = reading?.value === undefined ? undefined : parseOwner(reading.value);
  if (owner === undefined) return undefined;
  const since = sinceOf(owner);
  return {
    cluster: owner.name,
    ...(owner.uid === undefined ? {} : { uid: owner.uid }),
    ...(since === undefined ? {} : { since }),
    ...(owner.takenOver === undefined ? {} : { by: plainWord(owner.takenOver.by, 100) }),
  };
}

function sinceOf({ since, takenOver }: Owner): string | undefined {
  return takenOver === undefined ? since : plainWord(takenOver.at, 40);
}

/** The other cluster to which the path belongs, in words; undefined if it is ours, nobody's, or if that can't be told. */
export function describeOtherOwner({ owner: reading }: LeadFacts, cluster: Cluster): string | undefined {
  if (reading?.value === undefined) return undefined;
  const judged = judgeOwner(reading.value, cluster);
  if (judged.kind !== 'theirs') return undefined;
  const { owner } = judged;
  const haveUids = owner.uid !== undefined && cluster.uid !== undefined;
  const haveNames = owner.name !== '' && cluster.name !== '';
  return haveUids || haveNames ? describeCluster(owner) : undefined;
}
