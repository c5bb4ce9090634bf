import { parseIp, parseNetwork, isInNetwork } from '@kubefigurator/config-model';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ClusterSnapshot, TranslatorSettings } from '../index.ts';
import { defaultTranslatorSettings, readStandingClaims } from '../index.ts';
import { cluster, shuffled } from '../testing/arbitraries.ts';
import { compileSnapshot } from '../testing/compiled.ts';
import { propertyRuns } from '../testing/property-runs.ts';
import { documentOf } from './document.ts';
import { parsePolicy } from './parse-policy.ts';

const { seed, numRuns } = propertyRuns();
const options = { seed, numRuns: Math.ceil(numRuns / 20) };

interface Claims {
  readonly addresses?: readonly string[];
  readonly listenPorts?: readonly number[];
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

const some = <T>(...items: readonly T[]): fc.Arbitrary<T[]> => fc.subarray([...items]);
const NAMES = ['a.example.com', '*.example.com', '*.a.example.com', 'x.org', '*.org', 'localhost', '*'];

/** The values of `cluster` are among these. */
const claims: fc.Arbitrary<Claims> = fc.record(
  {
    addresses: some('*', '::', '10.0.0.1', '10.0.0.0/8', '2001:db8::/32'),
    listenPorts: some(80, 443, 8443),
    modes: some('http', 'tcp'),
    hostNames: some(...NAMES),
    certificates: some('a.pem', 'team/', 'a.example.com.pem'),
    maxBinds: fc.integer({ min: 0, max: 4 }),
    maxHostNames: fc.integer({ min: 0, max: 3 }),
  },
  { requiredKeys: [] },
);

const documents: fc.Arbitrary<Document> = fc.record({ shop: claims, rest: claims }).map(({ shop, rest }) => ({
  rules: [{ name: 'shop', namespaces: ['shop'], ...shop }],
  default: rest,
}));

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
    [...sources.values()].flatMap(({ source, mode, hosts, certificate }) => {
      const rule = rules.find(({ namespaces }) => namespaces.includes(source.namespace)) ?? byDefault;
      const isAllowed = {
        port: rule.listenPorts?.includes(port) ?? true,
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
      const { maxHostNames = Infinity } = document.rules[0] ?? {};
      expect(namesByNamespace(snapshot, settings).get('shop') ?? 0).toBeLessThanOrEqual(maxHostNames);
    }),
    options,
  );
}, 300_000);
