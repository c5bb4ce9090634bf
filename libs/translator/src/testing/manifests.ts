import { loadAll } from 'js-yaml';
import type {
  ClusterSnapshot,
  IpFamily,
  NodeRecord,
  PortRecord,
  ServiceRecord,
  TranslatorSettings,
} from '../index.ts';
import { defaultTranslatorSettings, parseNodeSelector } from '../index.ts';

/** One golden case: its objects as records, and settings where it has some. */
export interface GoldenCase {
  readonly snapshot: ClusterSnapshot;
  readonly settings: TranslatorSettings;
}

interface Metadata {
  readonly namespace?: string;
  readonly name: string;
  readonly creationTimestamp?: Date | string;
  readonly deletionTimestamp?: unknown;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly kind?: string;
  readonly metadata: Metadata;
  readonly spec?: {
    readonly type?: string;
    readonly ipFamilies?: readonly IpFamily[];
    readonly ports?: readonly PortManifest[];
    readonly taints?: readonly { readonly key: string }[];
  };
  readonly status?: { readonly addresses?: NodeRecord['addresses'] };
  readonly settings?: Partial<Omit<TranslatorSettings, 'nodeSelector'>> & { readonly nodeSelector?: string };
}

interface PortManifest {
  readonly name?: string;
  readonly port: number;
  readonly protocol?: string;
  readonly nodePort?: number;
}

/** Reads Services, Nodes and a `settings:` document, as far as golden cases need them. */
export function readCase(text: string): GoldenCase {
  const documents = (loadAll(text) as (Manifest | null)[]).filter((document) => document !== null);
  return {
    settings: readSettings(documents.find(({ settings }) => settings !== undefined)?.settings ?? {}),
    snapshot: {
      services: documents.filter(({ kind }) => kind === 'Service').map(toService),
      nodes: documents.filter(({ kind }) => kind === 'Node').map(toNode),
    },
  };
}

function readSettings(settings: NonNullable<Manifest['settings']>): TranslatorSettings {
  const selector = parseNodeSelector(settings.nodeSelector ?? '');
  if (!selector.ok) throw new Error(`nodeSelector ${selector.reason}`);
  return { ...defaultTranslatorSettings, ...settings, nodeSelector: selector.value };
}

function toService({ metadata, spec }: Manifest): ServiceRecord {
  const { creationTimestamp } = metadata;
  return {
    namespace: metadata.namespace ?? 'default',
    name: metadata.name,
    createdAt: creationTimestamp === undefined ? undefined : new Date(creationTimestamp).getTime() / 1000,
    type: spec?.type ?? 'ClusterIP',
    labels: toMap(metadata.labels),
    annotations: toMap(metadata.annotations),
    ipFamilies: spec?.ipFamilies ?? ['IPv4'],
    ports: (spec?.ports ?? []).map(toPort),
  };
}

function toPort({ name, port, protocol, nodePort }: PortManifest): PortRecord {
  return { name, number: port, protocol: protocol ?? 'TCP', nodePort };
}

function toNode({ metadata, spec, status }: Manifest): NodeRecord {
  return {
    name: metadata.name,
    labels: toMap(metadata.labels),
    addresses: status?.addresses ?? [],
    taints: (spec?.taints ?? []).map(({ key }) => key),
    deleting: metadata.deletionTimestamp !== undefined,
  };
}

function toMap(record: Readonly<Record<string, string>> | undefined): ReadonlyMap<string, string> {
  return new Map(Object.entries(record ?? {}));
}
