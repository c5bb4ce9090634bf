import type { ConfigText } from '@kubefigurator/haproxy-config';
import { parseConfigText } from '@kubefigurator/haproxy-config';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ClusterSnapshot, ServiceRecord } from './index.ts';
import { assign, claim, defaultTranslatorSettings, formatDiagnostic, readIntents } from './index.ts';
import { cluster, shuffled } from './testing/arbitraries.ts';
import { compileSnapshot } from './testing/compiled.ts';
import { hostileService } from './testing/hostile.ts';
import { propertyRuns } from './testing/property-runs.ts';

const options = propertyRuns();
const runs = `${options.numRuns} from seed ${options.seed}`;
const TIMEOUT = 600_000;

interface Compiled {
  readonly text: string;
  readonly diagnostics: readonly string[];
}

function compile(snapshot: ClusterSnapshot): Compiled {
  const settings = { ...defaultTranslatorSettings, cluster: 'nyc1' };
  const { text, diagnostics } = compileSnapshot(snapshot, settings);
  return { text, diagnostics: diagnostics.map(formatDiagnostic) };
}

function service(
  name: string,
  annotations: Readonly<Record<string, string>>,
  createdAt: number,
): ServiceRecord {
  return {
    ...{ namespace: 'shop', name, createdAt, type: 'NodePort', ipFamilies: [] },
    labels: new Map([['haproxy-kubefigurator.enabled', 'yes']]),
    annotations: new Map(Object.entries(annotations)),
    ports: [{ name: 'http', number: 80, protocol: 'TCP', nodePort: 30_080 }],
  };
}

const NODES = [
  {
    ...{ name: 'worker-a', labels: new Map<string, string>(), taints: [], deleting: false },
    addresses: [
      { type: 'InternalIP', address: '10.1.0.11' },
      { type: 'InternalIP', address: 'fd00::11' },
    ],
  },
];
const GOOD = service('good', { 'haproxy-kubefigurator.hostname': 'good.example.com' }, 1);
const GOOD_DB = service(
  'good-db',
  { 'haproxy-kubefigurator.haproxy-mode': 'tcp', 'haproxy-kubefigurator.listen-port': '5432' },
  1,
);

const DIRECTIVES = new Set(
  [
    ['frontend', 'backend', 'mode', 'bind', 'option', 'http-request'],
    ['use_backend', 'default_backend', 'balance', 'retries', 'server'],
  ].flat(),
);

/** What every text must be, whatever it was made of. */
function expectSound(text: string, nodes: number): ConfigText {
  const config = parseConfigText(text);
  const lines = config.sections.flatMap((section) => section.lines).filter((line) => line.words.length > 0);
  expect(lines.filter((line) => !DIRECTIVES.has(line.words[0] ?? ''))).toEqual([]);
  expect(lines.filter((line) => line.words.length > 64)).toEqual([]);
  expect(/[^\x20-\x7e\n]/.test(text)).toBe(false);
  const names = config.sections.map((section) => section.name);
  expect(new Set(names).size).toBe(names.length);
  const backends = config.sections.filter((section) => section.keyword === 'backend').length;
  expect(lines.filter((line) => line.words[0] === 'server').length).toBeLessThanOrEqual(backends * nodes);
  return config;
}

/** The lines that stem from one Service. */
function linesOf(config: ConfigText, name: string): string[] {
  return config.sections
    .flatMap((section) => section.lines)
    .filter((line) => line.sources.every((source) => source.service === name))
    .map((line) => line.words.join(' '));
}

it(
  `random clusters, ${runs}: any order of the objects gives the same bytes and diagnostics`,
  { timeout: TIMEOUT },
  () => {
    const pair = cluster.chain((snapshot) => fc.tuple(fc.constant(snapshot), shuffled(snapshot)));
    fc.assert(
      fc.property(pair, ([one, other]) => {
        const first = compile(one);
        expect(compile(other)).toEqual(first);
        expectSound(first.text, one.nodes.length);
      }),
      options,
    );
  },
);

it(
  `hostile annotations, ${runs}: no text adds a directive or disturbs another Service`,
  { timeout: TIMEOUT },
  () => {
    const quiet = parseConfigText(compile({ services: [GOOD, GOOD_DB], nodes: NODES }).text);
    const wanted = ['good', 'good-db'].map((name) => linesOf(quiet, name).filter(isOwn));
    fc.assert(
      fc.property(hostileService, (evil) => {
        const { text, diagnostics } = compile({ services: [evil, GOOD, GOOD_DB], nodes: NODES });
        const config = expectSound(text, NODES.length);
        const found = ['good', 'good-db'].map((name) => linesOf(config, name).filter(isOwn));
        expect(found.map((lines, index) => wanted[index]?.every((line) => lines.includes(line)))).toEqual([
          true,
          true,
        ]);
        expect(diagnostics.every((line) => line.length < 1000 && /^[\x20-\x7e…]*$/.test(line))).toBe(true);
        expect(diagnostics.filter((line) => /^\S+ \S+ Service shop\/good(?:-db)?[ :]/.test(line))).toEqual(
          [],
        );
      }),
      options,
    );
  },
);

/** Lines that say where requests of a Service go; a bind and its certificates are shared. */
function isOwn(line: string): boolean {
  return /^(?:use_backend|default_backend|server|balance)/.test(line);
}

it(
  `random clusters, ${runs}: a younger Service takes nothing from an older one`,
  { timeout: TIMEOUT },
  () => {
    fc.assert(
      fc.property(cluster, hostileService, (snapshot, young) => {
        const services = snapshot.services.filter(({ createdAt }) => createdAt !== undefined);
        const before = holdersOf({ ...snapshot, services });
        const after = holdersOf({ ...snapshot, services: [...services, { ...young, createdAt: 99 }] });
        expect([...before].filter((holder) => !after.has(holder))).toEqual([]);
      }),
      options,
    );
  },
);

function holdersOf(snapshot: ClusterSnapshot): Set<string> {
  const { binds } = compileSnapshot(snapshot, defaultTranslatorSettings).claims;
  return new Set(
    binds.flatMap(({ address, port, holders }) =>
      holders.map(({ source }) => `${address} ${port} ${source.namespace}/${source.service}/${source.port}`),
    ),
  );
}

it(
  `random clusters, ${runs}: without the losers all binds have the same holders, and no host on a bind has two`,
  { timeout: TIMEOUT },
  () => {
    fc.assert(
      fc.property(cluster, (snapshot) => {
        const { placed } = assign(readIntents(snapshot, defaultTranslatorSettings).intents);
        const { binds } = claim(placed);
        const kept = new Set(binds.flatMap((bind) => bind.holders));
        const winners = placed.filter(({ intent }) => kept.has(intent));
        expect(claim(winners).binds).toEqual(binds);
        for (const { mode, holders } of binds) {
          const claims = holders.flatMap(({ hosts }) =>
            hosts.length === 0 ? ['every other'] : hosts.map(({ name }) => name),
          );
          expect(mode === 'tcp' ? holders.length : new Set(claims).size).toBe(
            mode === 'tcp' ? 1 : claims.length,
          );
        }
      }),
      options,
    );
  },
);
