import { parseConfigText } from '@kubefigurator/haproxy-config';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ClusterSnapshot, ServiceRecord } from '../index.ts';
import { defaultTranslatorSettings, readStandingClaims } from '../index.ts';
import { cluster } from '../testing/arbitraries.ts';
import { compileSnapshot } from '../testing/compiled.ts';
import { propertyRuns } from '../testing/property-runs.ts';

const { seed, numRuns } = propertyRuns();
const options = { seed, numRuns: Math.ceil(numRuns / 4) };
const limits = { listenAddresses: 2, hostNames: 4, ports: 3, lines: 120, characters: 6_000, servers: 20 };
const settings = { ...defaultTranslatorSettings, limits };

const HOSTS = ['a.example.com', '*.example.com', 'x.org', 'p.test', 'q.test', 'r.test', 's.test'];
const ADDRESSES = ['*', '10.0.0.1', '10.0.0.2', '10.0.0.3', '::', '2001:db8::1'];
const list = (items: readonly string[]): fc.Arbitrary<string> =>
  fc.uniqueArray(fc.constantFrom(...items), { minLength: 1 }).map((chosen) => chosen.join(','));

/** A Service that is often at a limit or above it. */
const greedy: fc.Arbitrary<ServiceRecord> = fc
  .record({
    createdAt: fc.integer({ min: 0, max: 4 }),
    names: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1 }),
    hosts: fc.array(list(HOSTS), { minLength: 5, maxLength: 5 }),
    addresses: fc.array(list(ADDRESSES), { minLength: 5, maxLength: 5 }),
    binds: fc.array(fc.constantFrom('443', '80', '8443'), { minLength: 5, maxLength: 5 }),
  })
  .map(({ createdAt, names, hosts, addresses, binds }) => ({
    ...{ namespace: 'shop', name: 'greedy', createdAt, type: 'NodePort', ipFamilies: [] },
    labels: new Map([['haproxy-kubefigurator.enabled', 'yes']]),
    annotations: new Map(
      names.flatMap((name, index) => [
        [`haproxy-kubefigurator.${name}.hostname`, hosts[index] ?? ''],
        [`haproxy-kubefigurator.${name}.listen-ip`, addresses[index] ?? ''],
        [`haproxy-kubefigurator.${name}.listen-port`, binds[index] ?? ''],
      ]),
    ),
    ports: names.map((name, index) => ({
      name,
      number: 80 + index,
      protocol: 'TCP',
      nodePort: 30_600 + index,
    })),
  }));

/** Where requests of the other Services go, one line for each bind, host name or server. */
function linesOfOthers(text: string): Set<string> {
  const lines = new Set<string>();
  for (const section of parseConfigText(text).sections)
    for (const { words, sources } of section.lines)
      if (
        /^(?:use_backend|default_backend|server|balance)$/.test(words[0] ?? '') &&
        sources.every(({ service }) => service !== 'greedy')
      )
        lines.add(`${section.name} ${words.join(' ')}`);
  return lines;
}

function withGreedy({ services, nodes }: ClusterSnapshot, service: ServiceRecord): ClusterSnapshot {
  return { services: [...services, service], nodes };
}

it(
  `a Service that comes to a limit or over it takes no line from another, ${options.numRuns} from seed ${seed}`,
  { timeout: 600_000 },
  () => {
    fc.assert(
      fc.property(cluster, greedy, greedy, (snapshot, first, later) => {
        const steps = [
          snapshot,
          withGreedy(snapshot, first),
          withGreedy(snapshot, { ...later, createdAt: first.createdAt }),
        ];
        let before: string | undefined;
        for (const step of steps) {
          const { text } = compileSnapshot(step, settings, readStandingClaims(before, limits));
          const left = linesOfOthers(text);
          const frontends = new Set(parseConfigText(text).sections.map(({ name }) => name));
          // A frontend may go with the Service that names its address. The lines of those who listen on every address
          // go with it, which costs them nothing.
          const lost = [...linesOfOthers(before ?? '')].filter(
            (line) => !left.has(line) && frontends.has(line.split(' ', 1)[0] ?? ''),
          );
          expect(lost, `${before ?? ''}\n${text}`).toEqual([]);
          const again = compileSnapshot(step, settings, readStandingClaims(text, limits));
          expect(again.text).toBe(text);
          before = text;
        }
      }),
      options,
    );
  },
);
