import type { Excess } from '@kubefigurator/haproxy-config';
import type { Intent } from '../intent/intent.ts';
import type { PooledNode } from '../servers/pooled-node.ts';
import type { FitOptions } from './options.ts';
import type { BuiltText } from './search.ts';

interface FewerNodes<Built> {
  readonly built: Built;
  readonly leftOut: readonly PooledNode[];
}

/**
 * The text with as few Nodes left out as possible, of those that aren't servers in the published text yet, the last by
 * name first. Undefined if it is too large even without all of these. `excesses` are those of the text with all Nodes.
 */
export function withFewerNodes<Built extends BuiltText>(
  intents: readonly Intent[],
  excesses: readonly Excess[],
  options: Pick<FitOptions<Built>, 'nodes' | 'standingNodes' | 'buildText' | 'excess'>,
): FewerNodes<Built> | undefined {
  const { nodes, buildText, excess } = options;
  const standing = options.standingNodes();
  const newNodes = nodes.filter(({ name }) => !standing.has(name));

  function tryWithout(count: number): FewerNodes<Built> | undefined {
    const leftOut = newNodes.slice(newNodes.length - count);
    const out = new Set(leftOut);
    const built = buildText(
      intents,
      nodes.filter((node) => !out.has(node)),
    );
    return excess(built, 1).length === 0 ? { built, leftOut } : undefined;
  }

  // Leaving out `tooFew` Nodes isn't enough, leaving out those of `fitting` is. The number is doubled until a text fits,
  // and then bisected.
  let tooFew = 0;
  let fitting: FewerNodes<Built> | undefined;
  let next = Math.min(newNodes.length, surplusOf(excesses, nodes.length));
  while (tooFew + 1 < (fitting?.leftOut.length ?? newNodes.length + 1)) {
    const tried = tryWithout(next);
    if (tried === undefined) tooFew = next;
    else fitting = tried;
    next =
      fitting === undefined
        ? Math.min(2 * tooFew, newNodes.length)
        : Math.floor((tooFew + fitting.leftOut.length) / 2);
  }
  return fitting;
}

/** How many nodes are too many, if the text shrinks with their number; at least one. */
function surplusOf(excesses: readonly Excess[], nodes: number): number {
  const surplus = excesses.map(({ count, most }) => Math.ceil(nodes * (1 - most / count)));
  return Math.max(1, ...surplus);
}
