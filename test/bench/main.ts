/** `npm run bench`: what docs/performance.md promises, measured. */
import { tellStory } from '../support/measuring/story.ts';
import { benchChanges, benchLarge } from './changes.ts';
import type { BenchOptions } from './options.ts';
import { benchReceivers } from './receivers.ts';
import { benchRest } from './rest.ts';
import { benchServers } from './servers.ts';
import { benchView } from './view.ts';

tellStory<BenchOptions>({
  view: benchView,
  servers: benchServers,
  etcd: benchReceivers,
  changes: benchChanges,
  large: benchLarge,
  rest: benchRest,
});
