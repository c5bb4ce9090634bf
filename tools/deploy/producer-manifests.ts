import { type Form, type Places, placesOf } from './form.ts';

/** The ServiceAccount, its rights, the Deployment and its PodDisruptionBudget, as YAML documents; the plain form has the Namespace before them. */
export function producerManifests(form: Form, version: string): string {
  const places = placesOf(form);
  const documents = [
    serviceAccount(places),
    role(places),
    roleBinding(places),
    deployment(places, version),
    disruptionBudget(places),
  ];
  return [...(form === 'plain' ? [NAMESPACE] : []), ...documents].join('---\n');
}

const NAMESPACE = `apiVersion: v1
kind: Namespace
metadata:
  name: kubefigurator
  labels:
    app.kubernetes.io/name: kubefigurator
    pod-security.kubernetes.io/enforce: restricted
`;

function serviceAccount({ name, namespace, labels }: Places): string {
  return `apiVersion: v1
kind: ServiceAccount
metadata:
  name: ${name}
  namespace: ${namespace}
  labels:${labels(4)}
automountServiceAccountToken: false
`;
}

function role({ name, labels }: Places): string {
  return `# The producer only reads, and creates Events for its diagnostics (without that rule, or with --no-events, only its log
# and its metrics report them). With --namespace, services and their events can be granted by a Role in each namespace.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: ${name}
  labels:${labels(4)}
rules:
  - apiGroups: ['']
    resources: [services]
    verbs: [list, watch]
  - apiGroups: ['']
    resources: [nodes]
    verbs: [list, watch]
  # Its uid says which cluster this is: the etcd path belongs to one cluster.
  - apiGroups: ['']
    resources: [namespaces]
    resourceNames: [kube-system]
    verbs: [get]
  - apiGroups: [events.k8s.io]
    resources: [events]
    verbs: [create]
`;
}

function roleBinding({ name, namespace, labels }: Places): string {
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: ${name}
  labels:${labels(4)}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: ${name}
subjects:
  - kind: ServiceAccount
    name: ${name}
    namespace: ${namespace}
`;
}

function deployment(places: Places, version: string): string {
  const { name, namespace, labels, onlyIf, pick } = places;
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: ${namespace}
  labels:${labels(4)}
spec:
  # One of them publishes, as an election in etcd decides; another one takes over, at once or when its lease ends (10 s).
  replicas: ${pick('2', '{{ .Values.replicas }}')}
  strategy:
    type: RollingUpdate
    rollingUpdate: { maxUnavailable: 0, maxSurge: 1 }
  selector:
    matchLabels:${labels(6)}
  template:
    metadata:
      labels:${labels(8)}
      annotations:
        prometheus.io/scrape: 'true'
        prometheus.io/port: '9640'
    spec:
      serviceAccountName: ${name}
      automountServiceAccountToken: true
      terminationGracePeriodSeconds: 10
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:${labels(14)}
${['imagePullSecrets', 'nodeSelector', 'tolerations', 'affinity', 'priorityClassName']
  .map((field) => onlyIf(field, `      ${field}: {{- toYaml .Values.${field} | nindent 8 }}\n`))
  .join('')}      securityContext:
        runAsNonRoot: true
        runAsUser: 65532
        runAsGroup: 65532
        fsGroup: 65532
        seccompProfile:
          type: RuntimeDefault
      containers:
${container(places, version)}${volumes(places)}`;
}

function disruptionBudget({ name, namespace, labels }: Places): string {
  return `# A drain of Nodes takes one Pod after the other.
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: ${name}
  namespace: ${namespace}
  labels:${labels(4)}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:${labels(6)}
`;
}

function container(places: Places, version: string): string {
  const { pick, ifSet, onlyIf } = places;
  const image = pick(
    `kubefigurator-producer:${version}`,
    '{{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) | quote }}',
  );
  const resources = pick(
    `
            requests: { cpu: 50m, memory: 128Mi }
            limits: { memory: 512Mi }`,
    ' {{- toYaml .Values.resources | nindent 12 }}',
  );
  return `        - name: producer
          image: ${image}
${onlyIf('image.pullPolicy', '          imagePullPolicy: {{ .Values.image.pullPolicy }}\n')}          # An empty kubeconfig is the service account of this Pod.
          args: [watch, --kubeconfig=]
          # Each flag of \`kubefigurator-producer watch --help\` has a variable.
          env:
${environment(places)}          ports:
            - name: metrics
              containerPort: 9640
          startupProbe:
            httpGet: { path: /healthz, port: metrics }
            periodSeconds: 1
            failureThreshold: 30
          livenessProbe:
            httpGet: { path: /healthz, port: metrics }
            periodSeconds: 10
            timeoutSeconds: 3
            failureThreshold: 6
          readinessProbe:
            httpGet: { path: /readyz, port: metrics }
            periodSeconds: 5
            timeoutSeconds: 3
          resources:${resources}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
${ifSet(
  'etcd.secret',
  `          volumeMounts:
            - name: etcd
              mountPath: /etc/kubefigurator/etcd
              readOnly: true
`,
)}`;
}

/**
 * The chart's variables for its value `settings`: a list is joined by commas, and a number, which Helm reads as a float, is
 * written without an exponent.
 */
const SETTINGS_TEMPLATE = `{{- range $flag, $value := .Values.settings }}
            - name: {{ printf "KUBEFIGURATOR_%s" ($flag | upper | replace "-" "_") }}
              value: {{ if kindIs "slice" $value }}{{ join "," $value | quote }}{{ else if kindIs "float64" $value }}{{ int64 $value | quote }}{{ else }}{{ $value | quote }}{{ end }}
{{- end }}
`;

function environment({ pick, ifSet, onlyIf }: Places): string {
  const variable = (name: string, value: string): string =>
    `            - name: KUBEFIGURATOR_${name}\n              value: ${value}\n`;
  const cluster = '{{ required "set cluster: the name of this cluster" .Values.cluster | quote }}';
  const host = '{{ required "set etcd.host: the URL of etcd" .Values.etcd.host | quote }}';
  const files = [
    variable('ETCD_CA_FILE', '/etc/kubefigurator/etcd/ca.crt'),
    ifSet(
      'etcd.clientCertificate',
      variable('ETCD_CLIENT_CERT_FILE', '/etc/kubefigurator/etcd/tls.crt') +
        variable('ETCD_CLIENT_KEY_FILE', '/etc/kubefigurator/etcd/tls.key'),
    ),
  ].join('');
  return [
    variable('CLUSTER', pick('example', cluster)),
    variable('ETCD_HOST', pick('https://etcd-1.example.com:2379', host)),
    ifSet('etcd.secret', files),
    onlyIf(
      'policy',
      variable('POLICY_CONFIG_MAP', '{{ printf "%s/%s-policy" .Release.Namespace .Release.Name | quote }}'),
    ),
    pick('', SETTINGS_TEMPLATE),
  ].join('');
}

function volumes({ pick, ifSet }: Places): string {
  return ifSet(
    'etcd.secret',
    `      volumes:
        - name: etcd
          secret:
            secretName: ${pick('kubefigurator-etcd', '{{ .Values.etcd.secret }}')}
            defaultMode: 0440
`,
  );
}
