import { answersOnEveryHost } from './everywhere.ts';
import type { Fleet } from './fleet.ts';
import { handWrittenText } from './texts.ts';
import type { WaitOptions } from '../sandbox/wait.ts';

/** One Service on port 80 of every host. */
export interface Shop {
  /** The config text that serves it from this node port. */
  readonly text: (nodePort: number) => string;
  /** Waits until every host serves it from this node port. */
  readonly served: (nodePort: number, options?: WaitOptions) => Promise<void>;
}

const QUESTION = { port: 80, host: 'any.example.com' };
const NODES = ['worker-a', 'worker-b'];

/**
 * `fleet` is a function, because most tests start their fleet later; `usual` are the options of a wait that has none.
 */
export function createShop(fleet: () => Fleet, usual?: WaitOptions): Shop {
  return {
    text: (nodePort) => handWrittenText(fleet().nodes.list(), [{ service: 'shop', bind: '*:80', nodePort }]),
    served: (nodePort, options = usual) =>
      answersOnEveryHost(fleet(), QUESTION, { nodePort, nodes: NODES }, options),
  };
}
