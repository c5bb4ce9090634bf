import type { IpFamily } from '@kubefigurator/config-model';

/** The nodes that take traffic, in canonical order. */
export type NodePool = readonly PooledNode[];

/** A node and, of each family, the first usable address of the first type that has one. */
export interface PooledNode {
  readonly name: string;
  readonly addresses: Readonly<Partial<Record<IpFamily, string>>>;
}

/** A node, and why addresses of it were passed over. */
export interface ExaminedNode extends PooledNode {
  readonly unusable: readonly string[];
}

/** The address at which a node answers; undefined if it has none of these families. */
export function nodeAddressIn({ addresses }: PooledNode, families: readonly IpFamily[]): string | undefined {
  const family = families.find((each) => addresses[each] !== undefined);
  return family === undefined ? undefined : addresses[family];
}
