import type { Manifest } from '../kube/manifests.ts';
import { serviceManifest } from '../kube/manifests.ts';

/** Options of a port, by their names without the prefix of the annotation. */
export type PortOptions = Readonly<Record<string, string>>;

/** The node port of a Service's first port; the others follow it, one by one. */
export const FIRST_NODE_PORT = 31_000;

/** A Service of the namespace `evil` with `count` ports; `optionsOf` gives the options of each by its index, from 0. */
export function evilService(
  name: string,
  count: number,
  optionsOf: (index: number) => PortOptions,
): Manifest {
  const { metadata, spec, ...rest } = serviceManifest({ name, namespace: 'evil', nodePort: FIRST_NODE_PORT });
  const ports = Array.from({ length: count }, (_, index) => ({
    name: `p${String(index)}`,
    port: index + 1,
    targetPort: 8080,
    nodePort: FIRST_NODE_PORT + index,
    protocol: 'TCP',
  }));
  const annotations = ports.flatMap(({ name: port }, index) =>
    Object.entries(optionsOf(index)).map(([option, value]) => [
      `haproxy-kubefigurator.${port}.${option}`,
      value,
    ]),
  );
  return {
    ...rest,
    metadata: { ...metadata, annotations: Object.fromEntries(annotations) as PortOptions },
    spec: { ...spec, ports },
  };
}

/** A tcp port with a bind of its own. */
export function ownBind(port: number, address = '*'): PortOptions {
  return { 'listen-port': String(port), 'listen-ip': address, 'haproxy-mode': 'tcp' };
}

/** This number of addresses that no host has, separated by commas: 192.0.2.0/24 (RFC 5737), then 198.18.0.0/16 (RFC 2544). */
export function nowhere(count: number): string {
  // 192.0.2.1 to 192.0.2.254, then 198.18.0.254 and so on, with the index in the last two bytes.
  return Array.from({ length: count }, (_, index) =>
    index < 254 ? `192.0.2.${String(index + 1)}` : `198.18.${String(index >> 8)}.${String(index & 255)}`,
  ).join(',');
}
