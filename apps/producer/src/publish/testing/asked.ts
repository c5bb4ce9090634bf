import { createGate } from '@kubefigurator/haproxy-config';
import {
  type ClusterSnapshot,
  createStandingBackends,
  createStandingNodes,
  defaultTranslatorSettings,
  type NodeRecord,
  readStandingClaims,
  type ServiceRecord,
} from '@kubefigurator/translator';
import { type Compilation, compile } from '../../compile.ts';
import { ROOM } from '../excess.ts';

/** The gate of a host. */
export const judge = createGate({
  allowSections: [],
  folders: { certificates: ['/etc/haproxy/ssl'], data: [] },
  maxLength: 24 * 1024 * 1024,
});

/** True for the code of a diagnostic of a Service that is left out so that the text fits. */
export function isForRoom(code: string): boolean {
  return code === 'no-room' || code === 'over-namespace-share';
}

/** A Service to be made, and what it asks for; by default one port, in the namespace `evil`. */
export interface Asked {
  readonly name: string;
  readonly namespace?: string;
  readonly ports?: number;
  /** Annotations without their prefix, for all ports. */
  readonly options: Readonly<Record<string, string>>;
  /** Further options of each port, by its number, from 1. */
  readonly each?: (port: number) => Readonly<Record<string, string>>;
}

export function service({
  name,
  namespace = 'evil',
  ports = 1,
  options,
  each = () => ({}),
}: Asked): ServiceRecord {
  const numbers = Array.from({ length: ports }, (_, index) => index + 1);
  const optionsOfPorts = numbers.flatMap((port) =>
    Object.entries(each(port)).map(([option, value]) => [`p${String(port)}.${option}`, value] as const),
  );
  return {
    namespace,
    name,
    // The honest Services are the youngest: age never decides in their favour.
    createdAt: namespace === 'honest' ? 9 : 1,
    type: 'NodePort',
    ipFamilies: [],
    labels: new Map([['haproxy-kubefigurator.enabled', 'yes']]),
    annotations: new Map(
      [...Object.entries(options), ...optionsOfPorts].map(([option, value]) => [
        `haproxy-kubefigurator.${option}`,
        value,
      ]),
    ),
    ports: numbers.map((port) => ({
      name: `p${String(port)}`,
      number: port,
      protocol: 'TCP',
      nodePort: 30_000 + port,
    })),
  };
}

export function nodes(count: number): NodeRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `worker-${String(index)}`,
    labels: new Map(),
    taints: [],
    deleting: false,
    // 10.1.0.0, 10.1.0.1, … and after 256 of them 10.2.0.0.
    addresses: [{ type: 'InternalIP', address: `10.${String(1 + (index >> 8))}.0.${String(index & 255)}` }],
  }));
}

export const PLAIN = { 'use-ssl': 'false' };
/** A Service that must be served whatever others ask for. */
export const HONEST = service({
  name: 'web',
  namespace: 'honest',
  options: { hostname: 'web.example.com', 'use-ssl': 'false', 'listen-port': '80' },
});

/** What the producer compiles when this standing text is in etcd. */
export function compiled(snapshot: ClusterSnapshot, standing?: string): Compilation {
  return compile(snapshot, defaultTranslatorSettings, {
    standing: readStandingClaims(standing),
    backends: createStandingBackends(standing),
    standingNodes: createStandingNodes(standing),
    ...ROOM,
  });
}
