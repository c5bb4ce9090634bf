/** Both ends included. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Ports that programs on load-balancer hosts and control planes commonly use, with the program of each. Mail (25) and DNS
 * (53) are missing because Services serve them, the node ports because the hosts are no Nodes.
 */
export const WELL_KNOWN_PORTS: ReadonlyMap<number, string> = new Map([
  [111, 'rpcbind'],
  [179, 'a BGP router'],
  [2379, 'etcd'],
  [2380, 'etcd'],
  [2381, 'the metrics of etcd'],
  [4194, 'cAdvisor'],
  [4240, 'the Cilium agent'],
  [5666, 'the Nagios agent'],
  [6443, 'the Kubernetes API server'],
  [8404, "HAProxy's own statistics"],
  [9099, 'the Calico agent'],
  [9100, 'the Prometheus node exporter'],
  [9101, 'the Prometheus HAProxy exporter'],
  [9256, 'the Prometheus process exporter'],
  [9640, 'the metrics of kubefigurator-producer'],
  [9641, 'the metrics of kubefigurator-consumer'],
  [10248, 'the kubelet'],
  [10249, 'kube-proxy'],
  [10250, 'the kubelet'],
  [10254, 'an ingress controller'],
  [10255, 'the kubelet'],
  [10256, 'kube-proxy'],
  [10257, 'the Kubernetes controller manager'],
  [10258, 'the Kubernetes cloud controller manager'],
  [10259, 'the Kubernetes scheduler'],
]);

export function isInRanges(port: number, ranges: readonly PortRange[]): boolean {
  return ranges.some(({ from, to }) => from <= port && port <= to);
}

/** `80`, or `8000-8999`. */
export function formatPortRange({ from, to }: PortRange): string {
  return from === to ? String(from) : `${String(from)}-${String(to)}`;
}
