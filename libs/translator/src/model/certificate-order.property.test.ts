import { certificatesOnBind, parseConfigText } from '@kubefigurator/haproxy-config';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ServiceRecord } from '../index.ts';
import {
  ANNOTATION_PREFIX,
  defaultTranslatorSettings,
  ENABLING_LABEL,
  readStandingClaims,
} from '../index.ts';
import { compileSnapshot } from '../testing/compiled.ts';
import { propertyRuns } from '../testing/property-runs.ts';

const { seed, numRuns } = propertyRuns();
/** Each run has up to six texts of up to 60 Services, each compiled twice. */
const options = { seed, numRuns: Math.ceil(numRuns / 50) };
const NODE = {
  ...{ name: 'worker-a', labels: new Map<string, string>(), taints: [], deleting: false },
  addresses: [{ type: 'InternalIP', address: '10.1.0.11' }],
};

interface Asked {
  readonly id: number;
  readonly createdAt: number;
  readonly certificate: string;
  readonly address: string;
}

function service({ id, createdAt, certificate, address }: Asked): ServiceRecord {
  const annotations = { hostname: `h${id}.test`, 'ssl-certificate': certificate, 'listen-ip': address };
  return {
    ...{ namespace: `n${id % 3}`, name: `s${id}`, createdAt, type: 'NodePort', ipFamilies: ['IPv4'] },
    labels: new Map([[ENABLING_LABEL.key, ENABLING_LABEL.value]]),
    annotations: new Map(Object.entries(annotations).map(([key, value]) => [ANNOTATION_PREFIX + key, value])),
    ports: [{ name: 'web', number: 80, protocol: 'TCP', nodePort: 30_080 }],
  };
}

/** The certificates of each bind, in the order in which HAProxy gets them. */
function ordersOf(text: string): ReadonlyMap<string, readonly string[]> {
  const binds = parseConfigText(text).sections.flatMap(({ lines }) =>
    lines.filter(({ words }) => words[0] === 'bind'),
  );
  return new Map(binds.map((line) => [line.words[1] ?? '', [...new Set(certificatesOnBind(line))]]));
}

const certificate = fc
  .tuple(fc.constantFrom('', '', 'team/', 'x/'), fc.nat({ max: 24 }))
  .map(([folder, number]) => `${folder}${String(number).padStart(2, '0')}.pem`);
const asked = fc.record({
  id: fc.nat({ max: 60 }),
  createdAt: fc.nat({ max: 9 }),
  certificate,
  address: fc.constantFrom('*', '*', '*', '10.0.0.1', '*,10.0.0.2'),
});
/** A step brings Services, or other settings of some, and takes some away. */
const step = fc.record({
  come: fc.array(asked, { maxLength: 30, size: 'max' }),
  go: fc.array(fc.nat({ max: 60 }), { maxLength: 6 }),
});

it(
  `whoever comes or goes, the certificates that stand on a bind keep their order, ${options.numRuns} from seed ${seed}`,
  { timeout: 600_000 },
  () => {
    let moved = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 6, size: 'max' }), (steps) => {
        const services = new Map<number, Asked>();
        let before: string | undefined;
        for (const { come, go } of steps) {
          for (const each of come) services.set(each.id, each);
          for (const id of go) services.delete(id);
          const snapshot = { services: [...services.values()].map(service), nodes: [NODE] };
          const { text } = compileSnapshot(snapshot, defaultTranslatorSettings, readStandingClaims(before));
          const [was, is] = [ordersOf(before ?? ''), ordersOf(text)];
          for (const [bind, order] of is) {
            // An address had the certificates of every address before it got a frontend of its own.
            const stood = was.get(bind) ?? was.get('*:443') ?? [];
            const kept = stood.filter((path) => order.includes(path));
            expect(order.slice(0, kept.length), `${before ?? ''}\n${text}`).toEqual(kept);
            if (order.join() !== [...order].sort().join()) moved += 1;
          }
          const again = compileSnapshot(snapshot, defaultTranslatorSettings, readStandingClaims(text));
          expect(again.text).toBe(text);
          before = text;
        }
      }),
      options,
    );
    expect(moved).toBeGreaterThan(0);
  },
);
