import { excessesOfHosts } from '@kubefigurator/haproxy-config';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { defaultTranslatorSettings } from '../index.ts';
import { cluster } from '../testing/arbitraries.ts';
import { compileSnapshot } from '../testing/compiled.ts';
import { propertyRuns } from '../testing/property-runs.ts';
import { backendLoad } from './load.ts';

const { seed, numRuns } = propertyRuns();
const NODES = ['a', 'b', 'c'].map((name, index) => ({
  name,
  labels: new Map(),
  taints: [],
  deleting: false,
  addresses: [`10.1.0.${index + 1}`, `2001:db8::${index + 1}`].map((address) => ({
    type: 'InternalIP',
    address,
  })),
}));

/** Of a text; a limit of nearly nothing says how much there is. */
function countIn(text: string): number {
  return excessesOfHosts(text, 1e-9).find(({ resource }) => resource === 'tls-servers')?.count ?? 0;
}

it(
  `the estimated number of servers with TLS is that of the text, ${numRuns} from seed ${seed}`,
  { timeout: 600_000 },
  () => {
    let most = 0;
    fc.assert(
      fc.property(cluster, ({ services }) => {
        const { text, claims } = compileSnapshot({ services, nodes: NODES }, defaultTranslatorSettings);
        const served = new Set(claims.binds.flatMap(({ holders }) => holders));
        const estimate = [...served].reduce(
          (sum, intent) => sum + backendLoad(intent, NODES.length)['tls-servers'],
          0,
        );
        most = Math.max(most, estimate);
        expect(countIn(text)).toBe(estimate);
      }),
      { seed, numRuns },
    );
    expect(most).toBeGreaterThan(NODES.length);
  },
);
