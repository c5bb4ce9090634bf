/** `npm run bench`: measures what docs/performance.md promises. */
import { runAndReport } from '../support/measuring/run-parts.ts';
import { benchCluster } from './cluster.ts';
import { benchChanges, benchLarge } from './changes.ts';
import type { BenchOptions } from './options.ts';
import { benchProducer } from './producer.ts';
import { benchReceivers } from './receivers.ts';
import { benchRest } from './rest.ts';
import { benchServers } from './servers.ts';
import { benchView } from './view.ts';

runAndReport<BenchOptions>({
  view: benchView,
  servers: benchServers,
  etcd: benchReceivers,
  changes: benchChanges,
  large: benchLarge,
  rest: benchRest,
  producer: benchProducer,
  cluster: benchCluster,
});
