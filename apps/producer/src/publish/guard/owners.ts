import type { Inventory, InventoryBind } from '@kubefigurator/translator';

/** The owner of a bind on which several namespaces have hosts; no namespace has this name. */
export const SHARED = '';

/** Numbers of hosts or of binds, by namespace, or by `SHARED`. */
export type Counts = ReadonlyMap<string, number>;

/** How many hosts each namespace has on all binds. */
export function countHosts({ binds }: Inventory): Counts {
  const counts = new Map<string, number>();
  for (const { hosts } of binds.values())
    for (const { namespace } of hosts.values()) counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
  return counts;
}

/** Whose each bind is: the namespace that has it alone, or `SHARED`. */
export function bindOwners({ binds }: Inventory): ReadonlyMap<string, string> {
  return new Map([...binds].map(([key, bind]) => [key, bindOwner(bind)]));
}

function bindOwner({ hosts }: Pick<InventoryBind, 'hosts'>): string {
  let owner: string | undefined;
  for (const { namespace } of hosts.values()) {
    if (owner !== undefined && owner !== namespace) return SHARED;
    owner = namespace;
  }
  return owner ?? SHARED;
}

/** By the namespace that had them before: how many hosts are another namespace's now. */
export function countMovedHosts(was: Inventory, is: Inventory): Counts {
  const moved: string[] = [];
  for (const [key, { hosts }] of was.binds) {
    const now = is.binds.get(key)?.hosts;
    for (const [host, { namespace }] of hosts) {
      const owner = now?.get(host)?.namespace;
      if (owner !== undefined && owner !== namespace) moved.push(namespace);
    }
  }
  return countEach(moved);
}

/** By the owner that had them before: how many binds are another owner's now. A bind that is gone doesn't count. */
export function countMovedBinds(was: ReadonlyMap<string, string>, is: ReadonlyMap<string, string>): Counts {
  const moved = [...was].filter(([key, owner]) => is.has(key) && is.get(key) !== owner);
  return countEach(moved.map(([, owner]) => owner));
}

/** How often each word occurs. */
export function countEach(words: Iterable<string>): Counts {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

export function sumOf(numbers: Iterable<number>): number {
  let sum = 0;
  for (const number of numbers) sum += number;
  return sum;
}
