import type { NodeRecord, PortRecord, ServiceRecord } from '@kubefigurator/translator';
import type { Described, DescribedBackend, DescribedFrontend } from './described.ts';

/** One port of a Service as haproxy-kubefigurator read it. */
interface Listener {
  readonly frontend: string;
  readonly bind: string;
  readonly mode: string;
  readonly host: string;
  readonly certificate: string | undefined;
  readonly backendName: string;
  readonly backend: DescribedBackend;
}

/**
 * The config that haproxy-kubefigurator made of the same objects, if HAProxy accepted it: written from its readme and
 * its behaviour, independent of our translator. Its panics and its random choices are not reproduced.
 */
export function ancestorConfig(
  services: readonly ServiceRecord[],
  nodes: readonly NodeRecord[],
  cluster: string,
): Described {
  const listeners = services.flatMap((service) =>
    service.ports
      .filter((port) => port.nodePort !== undefined)
      .map((port) => readListener(service, port, { nodes, cluster })),
  );
  const frontends: Record<string, DescribedFrontend> = {};
  for (const listener of listeners) {
    frontends[listener.frontend] = addTo(frontends[listener.frontend], listener);
  }
  return {
    frontends,
    backends: Object.fromEntries(listeners.map(({ backendName, backend }) => [backendName, backend])),
  };
}

function addTo(frontend: DescribedFrontend | undefined, listener: Listener): DescribedFrontend {
  const { bind, mode, certificate, host, backendName } = listener;
  const certificates = [
    ...(frontend?.certificates ?? []),
    ...(certificate === undefined ? [] : [certificate]),
  ];
  const base = {
    bind,
    mode,
    tls: certificate !== undefined,
    certificates: [...new Set(certificates)].sort(),
  };
  if (mode === 'tcp') return { ...base, hosts: {}, others: backendName };
  return { ...base, hosts: { ...frontend?.hosts, [host.toLowerCase()]: backendName } };
}

type ReadOption = (name: string) => string | undefined;

function readListener(
  service: ServiceRecord,
  port: PortRecord,
  { nodes, cluster }: { readonly nodes: readonly NodeRecord[]; readonly cluster: string },
): Listener {
  const portName = port.name ?? '';
  const option: ReadOption = (name) => service.annotations.get(`haproxy-kubefigurator.${portName}.${name}`);
  const or = (name: string, fallback: string): string => option(name) || fallback;
  const host = or('hostname', '').replace('CLUSTER', cluster);
  const [address, listenPort, mode] = [
    or('listen-ip', '*'),
    or('listen-port', '443'),
    or('haproxy-mode', 'http'),
  ];
  const tls = hasTls(mode, option);
  const servers = serversOf(nodes, port.nodePort ?? 0, wordsOf(tls, option('backends-use-ssl')));
  return {
    mode,
    host,
    certificate: tls ? `/etc/haproxy/ssl/${or('ssl-certificate', `${host}.pem`)}` : undefined,
    frontend: `k8s-service_${address === '*' ? 'all' : address}_${listenPort}_listen`,
    bind: address.includes(':') ? `[${address}]:${listenPort}` : `${address}:${listenPort}`,
    backendName: `k8s-service_${service.namespace}_${service.name}_${portName}_backend`,
    backend: {
      mode,
      servers,
      balance: option('backends-balance-method') ?? 'roundrobin',
      forwardsProto: mode === 'http' && tls,
    },
  };
}

function hasTls(mode: string, option: ReadOption): boolean {
  const written = option('use-ssl');
  return written === 'true' || (mode === 'http' && written === undefined);
}

function wordsOf(frontTls: boolean, own: string | undefined): string {
  const tls = own === 'true' || (frontTls && own !== 'false');
  return tls ? 'check ssl verify none' : 'check';
}

function serversOf(nodes: readonly NodeRecord[], nodePort: number, words: string): readonly string[] {
  return nodes
    .map(({ name, addresses }) => {
      const internal = addresses.findLast(({ type }) => type === 'InternalIP')?.address ?? '';
      return `${name} ${internal}:${String(nodePort)} ${words}`;
    })
    .sort();
}
