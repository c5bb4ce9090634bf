import fc from 'fast-check';
import type { ClusterSnapshot, ServiceRecord } from '../index.ts';
import { ANNOTATION_PREFIX, ENABLING_LABEL } from '../index.ts';

/** Values of the options that decide about binds; some don't parse, and undefined is an absent annotation. */
const VALUES = {
  'listen-ip': [
    '*',
    '10.0.0.1',
    '10.0.0.1',
    '*,10.0.0.2',
    '::',
    '2001:db8::1',
    '10.0.0',
    undefined,
    undefined,
  ],
  'listen-port': ['443', '443', '80', 'x', undefined, undefined],
  hostname: ['a.org', 'b.org', '*.b.org', 'x.b.org', '*.org', 'a.org,b.org', 'c.org', '', 'a b', undefined],
  wildcard: ['shared', 'shared', 'own', 'yes', undefined],
  'haproxy-mode': ['http', 'http', 'tcp', 'TCP', undefined, undefined, undefined],
  'use-ssl': ['true', 'false', 'flase', undefined, undefined, undefined],
  'ssl-certificate': ['a.pem', 'b.pem', 'x/c.pem', 'a.pem', '../d.pem'],
} as const;
type OptionName = keyof typeof VALUES;
const NAMES = Object.keys(VALUES) as OptionName[];

/** One edit of the Service with this name; `apply` takes and gives undefined for a Service that doesn't exist. */
export interface Edit {
  readonly name: string;
  readonly apply: (before: ServiceRecord | undefined) => ServiceRecord | undefined;
}

const optionChange = fc
  .constantFrom(...NAMES)
  .chain((option) => fc.tuple(fc.constant(option), fc.constantFrom(...VALUES[option])));

const newService = fc.record({
  name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
  createdAt: fc.constantFrom(1, 2, 3, 4, 5, 6, undefined),
  options: fc.array(optionChange, { minLength: 2, maxLength: 6, size: 'max' }),
});

/** Names of Services are distinct over namespaces, so that a name says which one is meant. */
const NAMESPACES: Readonly<Record<string, string>> = { d: 'blog', e: 'blog', f: 'docs' };

const NODE_PORTS = { http: 30_080, admin: 30_081 };

function toService(name: string, createdAt: number | undefined): ServiceRecord {
  return {
    namespace: NAMESPACES[name] ?? 'shop',
    name,
    createdAt,
    type: 'NodePort',
    ipFamilies: ['IPv4'],
    labels: new Map([[ENABLING_LABEL.key, ENABLING_LABEL.value]]),
    annotations: new Map([[`${ANNOTATION_PREFIX}admin.listen-port`, '8443']]),
    ports: Object.entries(NODE_PORTS).map(([port, nodePort], index) => ({
      name: port,
      number: 80 + index,
      protocol: 'TCP',
      nodePort,
    })),
  };
}

function withOption(
  service: ServiceRecord,
  [option, text]: readonly [OptionName, string | undefined],
): ServiceRecord {
  const annotations = new Map(service.annotations);
  if (text === undefined) annotations.delete(`${ANNOTATION_PREFIX}${option}`);
  else annotations.set(`${ANNOTATION_PREFIX}${option}`, text);
  return { ...service, annotations };
}

const creation: fc.Arbitrary<Edit> = newService.map(({ name, createdAt, options }) => ({
  name,
  apply: (before) =>
    options.reduce(withOption, {
      ...toService(name, createdAt),
      ...(before && { createdAt: before.createdAt }),
    }),
}));

const NAME = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const change: fc.Arbitrary<Edit> = fc
  .tuple(NAME, optionChange)
  .map(([name, option]) => ({ name, apply: (before) => before && withOption(before, option) }));
const toggle: fc.Arbitrary<Edit> = fc
  .tuple(NAME, fc.constantFrom('delete', 'disable', 'enable', 'cluster-ip', 'node-port'))
  .map(([name, what]) => ({ name, apply: (before) => before && withToggle(before, what) }));

function withToggle(service: ServiceRecord, what: string): ServiceRecord | undefined {
  const withLabel = (value: string): ServiceRecord => ({
    ...service,
    labels: new Map([[ENABLING_LABEL.key, value]]),
  });
  switch (what) {
    case 'delete':
      return undefined;
    case 'disable':
      return withLabel('no');
    case 'enable':
      return withLabel(ENABLING_LABEL.value);
    default:
      return { ...service, type: what === 'cluster-ip' ? 'ClusterIP' : 'NodePort' };
  }
}

/** Edits of a few Services that ask for the same few binds and hosts. */
export const edits: fc.Arbitrary<readonly Edit[]> = fc
  .tuple(
    fc.array(creation, { minLength: 2, maxLength: 6, size: 'max' }),
    fc.array(fc.oneof({ weight: 4, arbitrary: change }, { weight: 1, arbitrary: toggle }, creation), {
      minLength: 1,
      maxLength: 10,
      size: 'max',
    }),
  )
  .map(([first, later]) => [...first, ...later]);

/** The snapshot after one edit. */
export function edited(snapshot: ClusterSnapshot, { name, apply }: Edit): ClusterSnapshot {
  const before = snapshot.services.find((service) => service.name === name);
  const after = apply(before);
  const others = snapshot.services.filter((service) => service.name !== name);
  return { ...snapshot, services: after === undefined ? others : [...others, after] };
}
