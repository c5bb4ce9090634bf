import { parseIp, parseNetwork, isInNetwork } from '@kubefigurator/config-model';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ClusterSnapshot, TranslatorSettings } from '../index.ts';
import { defaultTranslatorSettings, readStandingClaims } from '../index.ts';
import { cluster as twoNamespaces, shuffled } from '../testing/arbitraries.ts';
import { compileSnapshot } from '../testing/compiled.ts';
import { propertyRuns } from '../testing/property-runs.ts';
import { documentOf } from './document.ts';
import { parsePolicy } from './parse-policy.ts';

const { seed, numRuns } = propertyRuns();
const options = { seed, numRuns: Math.ceil(numRuns / 20) };

interface Claims {
  readonly addresses?: readonly string[];
  /** With `/tls` or `/plain` behind the port, or nothing. */
  readonly listenPorts?: readonly string[];
  readonly modes?: readonly string[];
  readonly hostNames?: readonly string[];
  readonly certificates?: readonly string[];
  readonly maxBinds?: number;
  readonly maxHostNames?: number;
}

interface Document {
  readonly rules: readonly (Claims & { readonly name: string; readonly namespaces: readonly string[] })[];
  readonly default: Claims;
}

/** Some of the Services go into namespaces of their own, so that there are four of them. */
const cluster: fc.Arbitrary<ClusterSnapshot> = twoNamespaces.map((snapshot) => ({
  ...snapshot,
  services: snapshot.services.map((each) =>
    ['db', 'a', 'b', 'y'].includes(each.name) ? { ...each, namespace: `${each.namespace}-db` } : each,
  ),
}));
const NAMESPACES = ['shop', 'blog', 'shop-db', 'blog-db'] as const;

const some = <T>(...items: readonly T[]): fc.Arbitrary<T[]> => fc.subarray([...items]);
const NAMES = ['a.example.com', '*.example.com', '*.a.example.com', 'x.org', '*.org', 'localhost', '*'];

const TLS_WORDS = ['', '/tls', '/plain'] as const;
const listenPorts = fc
  .tuple(some('80', '443', '8443'), fc.array(fc.constantFrom(...TLS_WORDS), { minLength: 3, maxLength: 3 }))
  .map(([ports, words]) => ports.map((port, index) => `${port}${words[index] ?? ''}`));

/** The values of `cluster` are among these. */
const claims: fc.Arbitrary<Claims> = fc.record(
  {
    addresses: some('*', '::', '10.0.0.1', '10.0.0.0/8', '2001:db8::/32'),
    listenPorts,
    modes: some('http', 'tcp'),
    hostNames: some(...NAMES),
    certificates: some('a.pem', 'team/', 'a.example.com.pem'),
    maxBinds: fc.integer({ min: 0, max: 4 }),
    maxHostNames: fc.integer({ min: 0, max: 3 }),
  },
  { requiredKeys: [] },
);

/** Up to three rules, each for some namespaces; the default is for those that none names. */
function documentsOf(each: fc.Arbitrary<Claims>): fc.Arbitrary<Document> {
  const rule = fc.constantFrom(0, 1, 2, 3);
  return fc
    .record({ rules: fc.tuple(each, each, each), rest: each, owners: fc.tuple(rule, rule, rule, rule) })
    .map(({ rules, rest, owners }) => ({
      rules: rules.map((own, index) => ({
        name: `rule ${String(index)}`,
        namespaces: NAMESPACES.filter((_each, at) => owners[at] === index),
        ...own,
      })),
      default: rest,
    }));
}
const documents = documentsOf(claims);
/** A rule that allows nothing at all. */
const NOTHING: Claims = { listenPorts: [] };
/** Without host names and numbers, of which one namespace's limit is another one's gain. */
const documentsWithoutNames = documentsOf(
  claims.map(({ addresses, listenPorts: ports, modes, certificates }) => ({
    ...(addresses && { addresses }),
    ...(ports && { listenPorts: ports }),
    ...(modes && { modes }),
    ...(certificates && { certificates }),
  })),
);

function settingsWith(document: Document): TranslatorSettings {
  const reading = parsePolicy(documentOf(document), { cluster: '' });
  if (!reading.ok) throw new Error(reading.mistakes.map(({ reason }) => reason).join());
  return { ...defaultTranslatorSettings, policy: reading.policy };
}

type Owner = Claims & { readonly name: string };

/** Written once more, from the reference: what of a text breaches the policy. */
function breachesIn(text: string, { rules, default: fallback }: Document): string[] {
  const byDefault: Owner = { name: 'default', ...fallback };
  const all: readonly Owner[] = [...rules, byDefault];
  return [...readStandingClaims(text).values()].flatMap(({ address, port, sources }) =>
    [...sources.values()].flatMap(({ source, mode, tls, hosts, certificate }) => {
      const rule = rules.find(({ namespaces }) => namespaces.includes(source.namespace)) ?? byDefault;
      const isAllowed = {
        port: mayListen(port, tls, rule),
        mode: rule.modes?.includes(mode) ?? true,
        address: rule.addresses?.some((each) => covers(each, address)) ?? true,
        certificate: mayShow(certificate?.slice('/etc/haproxy/ssl/'.length), rule),
        names: mode === 'tcp' || [...hosts].every((name) => mayHave(name, rule, all)),
      };
      return Object.entries(isAllowed).flatMap(([what, holds]) =>
        holds ? [] : [`${what} of ${source.service}`],
      );
    }),
  );
}

function mayListen(port: number, tls: boolean, { listenPorts: allowed }: Claims): boolean {
  const text = String(port);
  return (
    allowed === undefined || allowed.includes(text) || allowed.includes(`${text}${tls ? '/tls' : '/plain'}`)
  );
}

function mayShow(file: string | undefined, { certificates }: Owner): boolean {
  if (file === undefined || certificates === undefined) return true;
  return certificates.some((each) => file === each || (each.endsWith('/') && file.startsWith(each)));
}

function covers(allowed: string, address: string): boolean {
  if (allowed === address) return true;
  const ip = address === '::' ? undefined : parseIp(address);
  if (allowed === '*' || allowed === '::') return ip?.family === (allowed === '*' ? 'IPv4' : 'IPv6');
  const network = parseNetwork(allowed);
  return ip !== undefined && network !== undefined && isInNetwork(ip, network);
}

function mayHave(name: string, rule: Owner, given: readonly Owner[]): boolean {
  const entries = given.flatMap((each) =>
    (each.hostNames ?? []).map((entry) => ({
      owner: each.name,
      suffix: entry.length > 1 && entry.startsWith('*') ? entry.slice(1) : entry,
    })),
  );
  const matching = entries.filter(
    ({ suffix }) => suffix === name || (suffix.startsWith('.') && name.endsWith(suffix)),
  );
  const exact = matching.filter(({ suffix }) => suffix === name);
  const longest = Math.max(...matching.map(({ suffix }) => suffix.length));
  const best = exact.length > 0 ? exact : matching.filter(({ suffix }) => suffix.length === longest);
  if (best.length > 0) return best.some(({ owner }) => owner === rule.name);
  if (rule.hostNames !== undefined) return false;
  return !(name.startsWith('.') && entries.some(({ suffix }) => suffix.endsWith(name)));
}

/** How many host names each namespace is served with. */
function namesByNamespace(
  snapshot: ClusterSnapshot,
  settings: TranslatorSettings,
): ReadonlyMap<string, number> {
  const names = new Map<string, Set<string>>();
  for (const { holders } of compileSnapshot(snapshot, settings).claims.binds)
    for (const { source, hosts } of holders)
      names.set(
        source.namespace,
        new Set([...(names.get(source.namespace) ?? []), ...hosts.map(({ name }) => name)]),
      );
  return new Map([...names].map(([namespace, own]) => [namespace, own.size]));
}

it(`random policies, ${options.numRuns} from seed ${seed}: a breach never reaches the text, whatever stood before`, () => {
  fc.assert(
    fc.property(cluster, cluster, documents, (snapshot, earlier, document) => {
      const before = compileSnapshot(earlier, defaultTranslatorSettings).text;
      const settings = settingsWith(document);
      const { text } = compileSnapshot(snapshot, settings, readStandingClaims(before));
      expect(breachesIn(text, document)).toEqual([]);
      expect(compileSnapshot(snapshot, settings, readStandingClaims(text)).text).toBe(text);
    }),
    options,
  );
}, 300_000);

it(`random policies, ${options.numRuns} from seed ${seed}: the order of objects and rules has no effect`, () => {
  const arranged = cluster.chain((snapshot) => fc.tuple(fc.constant(snapshot), shuffled(snapshot)));
  fc.assert(
    fc.property(arranged, documents, ([snapshot, other], document) => {
      const settings = settingsWith(document);
      const { text, diagnostics } = compileSnapshot(snapshot, settings);
      const again = compileSnapshot(
        other,
        settingsWith({ ...document, rules: [...document.rules].reverse() }),
      );
      expect({ text: again.text, diagnostics: again.diagnostics }).toEqual({ text, diagnostics });
      for (const [namespace, count] of namesByNamespace(snapshot, settings)) {
        const rule = document.rules.find(({ namespaces }) => namespaces.includes(namespace));
        expect(count).toBeLessThanOrEqual((rule ?? document.default).maxHostNames ?? Infinity);
      }
    }),
    options,
  );
}, 300_000);

it(`random policies, ${options.numRuns} from seed ${seed}: Services inside their policy are served as without one`, () => {
  fc.assert(
    fc.property(cluster, documentsWithoutNames, (snapshot, document) => {
      const settings = settingsWith(document);
      const inBreach = new Set(
        compileSnapshot(snapshot, settings)
          .diagnostics.filter(({ code }) => code === 'policy-breach')
          .map(({ object: { namespace, name } }) => `${namespace ?? ''}/${name}`),
      );
      const services = snapshot.services.filter(
        ({ namespace, name }) => !inBreach.has(`${namespace}/${name}`),
      );
      const inside = { ...snapshot, services };
      expect(compileSnapshot(inside, settings).text).toBe(
        compileSnapshot(inside, defaultTranslatorSettings).text,
      );
    }),
    options,
  );
}, 300_000);

it(`random policies, ${options.numRuns} from seed ${seed}: what is in breach never makes a bind or a server`, () => {
  fc.assert(
    fc.property(cluster, documents, (snapshot, document) => {
      const { text } = compileSnapshot(snapshot, settingsWith({ ...document, default: NOTHING }));
      const named = document.rules.flatMap(({ namespaces }) => namespaces);
      for (const namespace of NAMESPACES)
        if (!named.includes(namespace)) expect(text).not.toContain(`# service: ${namespace}/`);
    }),
    options,
  );
}, 300_000);
