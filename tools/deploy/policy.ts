import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Form, type Places, placesOf } from './form.ts';

/** The ConfigMap with the policy, and the rights with which the producer follows it; the chart has both only if the value `policy` is set. */
export function policyManifests(form: Form): string {
  const places = placesOf(form);
  const documents = [configMap, role, roleBinding].map((document) => document(places)).join('---\n');
  return places.ifSet('policy', `${documents}${labelsOfNamespaces(places)}`);
}

function nameOfPolicy({ pick }: Places): string {
  return pick('kubefigurator-policy', '{{ .Release.Name }}-policy');
}

function configMap(places: Places): string {
  const { namespace, labels, pick } = places;
  const example = readFileSync(join(import.meta.dirname, '../../examples/policy/policy.yaml'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? '' : `    ${line}`))
    .join('\n');
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${nameOfPolicy(places)}
  namespace: ${namespace}
  labels:${labels(4)}
data:
  policy.yaml: |
${pick(example, '    {{- toYaml .Values.policy | nindent 4 }}')}
`;
}

function role(places: Places): string {
  const { namespace, labels } = places;
  return `# This one ConfigMap; nothing else of the namespace.
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: ${nameOfPolicy(places)}
  namespace: ${namespace}
  labels:${labels(4)}
rules:
  - apiGroups: ['']
    resources: [configmaps]
    resourceNames: [${nameOfPolicy(places)}]
    verbs: [list, watch]
`;
}

function roleBinding(places: Places): string {
  const { name, namespace, labels } = places;
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: ${nameOfPolicy(places)}
  namespace: ${namespace}
  labels:${labels(4)}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: ${nameOfPolicy(places)}
subjects:
  - kind: ServiceAccount
    name: ${name}
    namespace: ${namespace}
`;
}

function labelsOfNamespaces(places: Places): string {
  const { name, namespace, labels, pick } = places;
  const lines = `---
# Only needed if a rule of the policy has a namespaceSelector.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: ${nameOfPolicy(places)}
  labels:${labels(4)}
rules:
  - apiGroups: ['']
    resources: [namespaces]
    verbs: [list, watch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: ${nameOfPolicy(places)}
  labels:${labels(4)}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: ${nameOfPolicy(places)}
subjects:
  - kind: ServiceAccount
    name: ${name}
    namespace: ${namespace}
`;
  return pick(lines, `{{- if contains "namespaceSelector" (toYaml .Values.policy) }}\n${lines}{{- end }}\n`);
}
