import type { NodeRecord } from '@kubefigurator/translator';
import {
  hasToken,
  isUnlimited,
  type PaceOptions,
  refillTokens,
  type Tokens,
  waitForTokens,
} from './tokens.ts';

/** What is known of the Nodes when a pass begins. */
export interface NodePace {
  /** The Nodes as they were last published. */
  readonly admitted: readonly NodeRecord[];
  /** By name, for those that have fewer publications left than the burst. */
  readonly buckets: ReadonlyMap<string, Tokens>;
}

/** Which Nodes a pass publishes. */
export interface NodeAdmission {
  readonly nodes: readonly NodeRecord[];
  /** Names of Nodes that have changed and stay as they were published. */
  readonly waiting: readonly string[];
  /** In how many milliseconds another pass is needed; undefined if none is. */
  readonly waitMs: number | undefined;
  /** What is known once the Nodes are published. */
  readonly next: NodePace;
}

/**
 * Which Nodes are published as they are now. Each change of a Node changes the servers of all Services, so that one Node
 * that changes all the time would keep every host busy, and the changes of all Services waiting. A Node pays each change
 * with one of its own publications, and stays as it was published while it has none left.
 */
export function admitNodes(
  pace: NodePace | undefined,
  nodes: readonly NodeRecord[],
  options: PaceOptions,
): NodeAdmission {
  if (pace === undefined || isUnlimited(options.limits)) return admitAllNodes(nodes);
  if (pace.buckets.size === 0 && haveSameRecords(pace.admitted, nodes)) return admitAllNodes(nodes);
  const [before, after] = [byName(pace.admitted), byName(nodes)];
  // A Node that is away keeps its bucket: it may come back.
  const names = new Set([...after.keys(), ...before.keys(), ...pace.buckets.keys()]);
  const judged = [...names].map((name) => {
    const bucket = refillTokens(pace.buckets.get(name), options);
    return { name, ...judgeNode(before.get(name), after.get(name), bucket) };
  });
  const waiting = judged.filter(({ isWaiting }) => isWaiting);
  const admitted = judged.flatMap(({ node }) => node ?? []);
  const belowBurst = judged.filter(({ bucket }) => bucket.tokens < options.limits.burst);
  return {
    nodes: admitted,
    waiting: waiting.map(({ name }) => name),
    waitMs: waitForTokens(
      waiting.map(({ bucket }) => bucket),
      options.limits,
    ),
    next: { admitted, buckets: new Map(belowBurst.map(({ name, bucket }) => [name, bucket])) },
  };
}

interface JudgedNode {
  /** Undefined if no such Node is published. */
  readonly node: NodeRecord | undefined;
  readonly isWaiting: boolean;
  readonly bucket: Tokens;
}

function judgeNode(
  before: NodeRecord | undefined,
  after: NodeRecord | undefined,
  bucket: Tokens,
): JudgedNode {
  if (before === after) return { node: after, isWaiting: false, bucket };
  if (!hasToken(bucket)) return { node: before, isWaiting: true, bucket };
  return { node: after, isWaiting: false, bucket: { ...bucket, tokens: bucket.tokens - 1 } };
}

/** Publishes all Nodes as they are, and gives each its whole burst again. */
export function admitAllNodes(nodes: readonly NodeRecord[]): NodeAdmission {
  return { nodes, waiting: [], waitMs: undefined, next: { admitted: nodes, buckets: new Map() } };
}

function haveSameRecords(one: readonly NodeRecord[], other: readonly NodeRecord[]): boolean {
  return one.length === other.length && one.every((record, index) => record === other[index]);
}

function byName(nodes: readonly NodeRecord[]): ReadonlyMap<string, NodeRecord> {
  return new Map(nodes.map((node) => [node.name, node]));
}
