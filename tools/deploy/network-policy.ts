import { type Form, placesOf } from './form.ts';

/** The NetworkPolicy of the producer's Pod; the chart has it only if `networkPolicy.enabled` is set. */
export function networkPolicy(form: Form): string {
  const { name, namespace, labels, pick, ifSet } = placesOf(form);
  const ports = (plain: readonly string[], chartValue: string): string =>
    pick(
      plain.map((port) => `        - { protocol: TCP, port: ${port} }\n`).join(''),
      `{{- range .Values.networkPolicy.${chartValue} }}\n        - { protocol: TCP, port: {{ . }} }\n{{- end }}\n`,
    );
  return ifSet(
    'networkPolicy.enabled',
    `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: ${name}
  namespace: ${namespace}
  labels:${labels(4)}
spec:
  podSelector:
    matchLabels:${labels(6)}
  policyTypes: [Ingress, Egress]
  ingress:
    # Prometheus; the kubelet's probes come from the node and are let through by every network plugin.
    - from:
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: ${pick('monitoring', '{{ .Values.networkPolicy.prometheusNamespace | quote }}')}
      ports:
        - { protocol: TCP, port: metrics }
  egress:
    - ports:
        # Names of etcd and of the API server.
        - { protocol: UDP, port: 53 }
        - { protocol: TCP, port: 53 }
        # The API server, by its Service and behind it.
${ports(['443', '6443'], 'apiServerPorts')}        # etcd.
${ports(['2379'], 'etcdPorts')}`,
  );
}
