import type { ApiServer } from '../support/kube/kube.ts';
import { benchService } from './workload.ts';
import { BRIDGE_ADDRESS } from '../support/sandbox/network.ts';

const KUBE_ETCD = `http://${BRIDGE_ADDRESS}:2479`;
/** etcd takes at most 128 operations in one transaction. */
const PER_TRANSACTION = 100;
/** The API server gives out node ports from 30000 to 32767; it doesn't check those of objects that it finds in etcd. */
const NODE_PORTS = 2768;
/** So many namespaces have equal parts of the Services. */
const NAMESPACES = 20;

/** The nth Service that `storeServices` writes. */
export function storedService(index: number, version = 0): ReturnType<typeof benchService> {
  const service = benchService(index % NODE_PORTS, version);
  const hostname = storedHost(index, version);
  return {
    ...service,
    metadata: {
      ...service.metadata,
      name: `stored-${String(index)}`,
      namespace: `team-${String(index % NAMESPACES)}`,
      annotations: { ...service.metadata.annotations, 'haproxy-kubefigurator.web.hostname': hostname },
    },
  };
}

/** Its host name, which carries a version, so that a change can be seen. */
export function storedHost(index: number, version: number): string {
  return `stored-${String(index)}-v${String(version)}.example.com`;
}

/** Creates the namespaces of the stored Services: the API server changes no object of a namespace that isn't there. */
export async function createNamespaces({ client }: ApiServer): Promise<void> {
  for (let index = 0; index < NAMESPACES; index += 1)
    await client.tryCreate({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: `team-${String(index)}` },
    });
}

/** Writes Services straight into the API server's etcd: thousands of them, or of changes, in a second. */
export async function storeServices(indexes: readonly number[], version = 0): Promise<void> {
  for (let first = 0; first < indexes.length; first += PER_TRANSACTION) {
    const success = indexes.slice(first, first + PER_TRANSACTION).map((index) => {
      const service = storedService(index, version);
      const { name, namespace = '' } = service.metadata;
      const key = `/registry/services/specs/${namespace}/${name}`;
      return { request_put: { key: btoa(key), value: btoa(JSON.stringify(asStored(service, index))) } };
    });
    const body = JSON.stringify({ success });
    const response = await fetch(`${KUBE_ETCD}/v3/kv/txn`, { method: 'POST', body });
    if (!response.ok) throw new Error(await response.text());
  }
}

/** The object with what the API server adds when it creates one. */
function asStored(service: ReturnType<typeof benchService>, index: number): object {
  const clusterIP = `10.0.${String(Math.floor(index / 250) + 10)}.${String((index % 250) + 1)}`;
  return {
    ...service,
    metadata: {
      ...service.metadata,
      uid: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: {
      ...service.spec,
      clusterIP,
      clusterIPs: [clusterIP],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      sessionAffinity: 'None',
    },
    status: { loadBalancer: {} },
  };
}
