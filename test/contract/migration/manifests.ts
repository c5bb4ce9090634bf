/** Manifests as users of haproxy-kubefigurator have them. */
export const NODES = ['worker-a 10.1.0.11', 'worker-b 10.1.0.12']
  .map((node) => node.split(' '))
  .map(
    ([name, address]) => `apiVersion: v1
kind: Node
metadata: {name: ${String(name)}}
status: {addresses: [{type: InternalIP, address: ${String(address)}}, {type: Hostname, address: ${String(name)}}]}
`,
  )
  .join('---\n');

export const DASHBOARD = `kind: Service
apiVersion: v1
metadata:
  annotations:
    haproxy-kubefigurator.web-ui.hostname: CLUSTER-dashboard.ds.example.com
  labels:
    k8s-app: kubernetes-dashboard
    haproxy-kubefigurator.enabled: "yes"
  name: kubernetes-dashboard
  namespace: kube-system
spec:
  type: NodePort
  ports:
    - name: web-ui
      port: 443
      targetPort: 8443
      nodePort: 30443
  selector:
    k8s-app: kubernetes-dashboard
`;

/** A Service of namespace `shop`; options are written `<port>.<option>: <text>`, ports as in `spec.ports`. */
export function manifest(
  name: string,
  options: readonly string[],
  ports: readonly string[],
  createdAt = '2018-05-01T00:00:00Z',
): string {
  return `apiVersion: v1
kind: Service
metadata:
  namespace: shop
  name: ${name}
  creationTimestamp: "${createdAt}"
  labels: {haproxy-kubefigurator.enabled: "yes"}
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: "{}"
${options.map((option) => `    haproxy-kubefigurator.${option}\n`).join('')}spec:
  type: NodePort
  ports:
${ports.map((port) => `    - {${port}}\n`).join('')}`;
}
