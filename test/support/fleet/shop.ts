import { answersOnEveryHost } from './everywhere.ts';
import type { Fleet } from './fleet.ts';
import { handWrittenText } from './texts.ts';
import type { WaitOptions } from '../sandbox/wait.ts';

/** The text of one Service on port 80 of every host, and the wait until every host serves it. */
export interface Shop {
  readonly text: (nodePort: number) => string;
  readonly served: (nodePort: number, options?: WaitOptions) => Promise<void>;
}

const QUESTION = { port: 80, host: 'any.example.com' };
const NODES = ['worker-a', 'worker-b'];

/** Takes the fleet as a function, because most tests start their fleet later. */
export function createShop(fleet: () => Fleet, usual?: WaitOptions): Shop {
  return {
    text: (nodePort) => handWrittenText(fleet().nodes.list(), [{ service: 'shop', bind: '*:80', nodePort }]),
    served: (nodePort, options = usual) =>
      answersOnEveryHost(fleet(), QUESTION, { nodePort, nodes: NODES }, options),
  };
}
