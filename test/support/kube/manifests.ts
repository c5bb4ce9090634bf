/** An object that the producer reads, as it is sent to the API server or written to a file. */
export interface Manifest {
  readonly apiVersion: 'v1';
  readonly kind: 'Service' | 'Node' | 'Namespace' | 'ConfigMap';
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
  /** Of a ConfigMap. */
  readonly data?: Readonly<Record<string, string>>;
}

export interface ServiceSpec {
  readonly name: string;
  readonly namespace?: string;
  readonly nodePort: number;
  /** Options of the port, without the prefix of the annotation: `{ hostname: 'a.example.com' }`. */
  readonly options?: Readonly<Record<string, string>>;
  readonly portName?: string;
}

/** A NodePort Service with one port and with the label that has the producer serve it. */
export function serviceManifest(spec: ServiceSpec): Manifest {
  const portName = spec.portName ?? 'web';
  const options = Object.entries(spec.options ?? {});
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: spec.name,
      namespace: spec.namespace ?? 'default',
      labels: { 'haproxy-kubefigurator.enabled': 'yes' },
      annotations: Object.fromEntries(
        options.map(([option, value]) => [`haproxy-kubefigurator.${portName}.${option}`, value]),
      ),
    },
    spec: {
      type: 'NodePort',
      selector: { app: spec.name },
      ports: [{ name: portName, port: 80, targetPort: 8080, nodePort: spec.nodePort, protocol: 'TCP' }],
    },
  };
}

/** A Node with its addresses. It has no conditions such as Ready, because the producer ignores them. */
export function nodeManifest(node: {
  readonly name: string;
  readonly address: string;
  readonly ipv6?: string;
}): Manifest {
  const addresses = [node.address, ...(node.ipv6 === undefined ? [] : [node.ipv6])];
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: node.name },
    status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) },
  };
}
