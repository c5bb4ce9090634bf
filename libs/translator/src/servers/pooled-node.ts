import type { IpFamily } from '@kubefigurator/config-model';

/** The nodes that take traffic, in canonical order. */
export type NodePool = readonly PooledNode[];

/** A node with, for each IP family, its first usable address by the order of `--node-address-type`. */
export interface PooledNode {
  readonly name: string;
  readonly addresses: Readonly<Partial<Record<IpFamily, string>>>;
}

/** A node, and why each of its unusable addresses is one, as sentences. */
export interface ExaminedNode extends PooledNode {
  readonly unusable: readonly string[];
}

/** The address at which a node answers; undefined if it has none of these families. */
export function nodeAddressIn({ addresses }: PooledNode, families: readonly IpFamily[]): string | undefined {
  const family = families.find((each) => addresses[each] !== undefined);
  return family === undefined ? undefined : addresses[family];
}
