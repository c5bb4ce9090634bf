import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Setting } from '@kubefigurator/daemon';
import { producer } from '@kubefigurator/producer/program';
import { admissionPolicy } from '../reference/admission-policy.ts';
import { networkPolicy } from './network-policy.ts';
import { policyManifests } from './policy.ts';
import { producerManifests } from './producer-manifests.ts';

const WRITTEN = 'UPDATE_GOLDENS=1 npm run test:unit writes it.';
const FROM_DEPLOY = `# Generated from tools/deploy, which also makes deploy/kubernetes: ${WRITTEN}\n`;
const FOR_PLAIN = `# Generated from tools/deploy, which also makes deploy/helm: ${WRITTEN}\n`;
const CHART = 'deploy/helm/kubefigurator-producer';
/** Flags that the chart sets itself, and flags that would not work in a Pod. */
const NOT_FOR_SETTINGS = [
  ...['policy-config-map', 'from', 'kubeconfig', 'metrics-address', 'cluster', 'etcd-host'],
  ...['etcd-ca-file', 'etcd-client-cert-file', 'etcd-client-key-file'],
];

/** The plain manifests and the chart: two forms of one source. */
export const DEPLOY_FILES = [
  { file: 'deploy/kubernetes/producer.yaml', generate: plainProducer },
  { file: 'deploy/kubernetes/network-policy.yaml', generate: plainNetworkPolicy },
  { file: 'deploy/kubernetes/policy.yaml', generate: plainPolicy },
  { file: `${CHART}/Chart.yaml`, generate: chartYaml },
  { file: `${CHART}/values.yaml`, generate: valuesYaml },
  { file: `${CHART}/values.schema.json`, generate: valuesSchema },
  {
    file: `${CHART}/templates/producer.yaml`,
    generate: (): string => FROM_DEPLOY + producerManifests('chart', version()),
  },
  {
    file: `${CHART}/templates/network-policy.yaml`,
    generate: (): string => FROM_DEPLOY + networkPolicy('chart'),
  },
  {
    file: `${CHART}/templates/policy.yaml`,
    generate: (): string => FROM_DEPLOY + policyManifests('chart'),
  },
  { file: `${CHART}/templates/admission.yaml`, generate: admissionTemplate },
];

/** The version of the whole repository. */
function version(): string {
  const file = join(import.meta.dirname, '../../package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
}

function plainProducer(): string {
  return `# The producer inside the cluster it observes; docs/install.md goes through it step by step.
# Yours to set: the image, etcd's addresses (KUBEFIGURATOR_ETCD_HOST), the cluster's name (KUBEFIGURATOR_CLUSTER), and
# the Secret kubefigurator-etcd with the client certificate that etcd knows the producer by (ca.crt, tls.crt, tls.key).
${FOR_PLAIN}${producerManifests('plain', version())}`;
}

function plainNetworkPolicy(): string {
  return `# What the producer's Pod may talk to, for clusters whose network enforces policies; apply it beside producer.yaml.
# Yours to set: the ports of etcd and of the API server if they differ, and who may read the metrics.
${FOR_PLAIN}${networkPolicy('plain')}`;
}

function plainPolicy(): string {
  return `# Who may expose what, for clusters of several tenants; apply it beside producer.yaml, whose Deployment needs the variable
# KUBEFIGURATOR_POLICY_CONFIG_MAP with the value kubefigurator/kubefigurator-policy then.
# Yours to set: the policy itself (docs/reference/policy.md); this one is an example.
${FOR_PLAIN}${policyManifests('plain')}`;
}

function admissionTemplate(): string {
  const text = admissionPolicy();
  if (text.includes('{{')) throw new Error('the admission policy would be read as a template');
  return `{{- if .Values.admission.enabled }}\n${text}{{- end }}\n`;
}

function chartYaml(): string {
  return `${FROM_DEPLOY}apiVersion: v2
name: kubefigurator-producer
description: Turns labelled Services of this cluster into one HAProxy config in etcd.
type: application
version: ${version()}
appVersion: '${version()}'
kubeVersion: '>=1.25.0-0'
`;
}

function valuesYaml(): string {
  return `${FROM_DEPLOY}
# The image of the producer, from docker/producer.Dockerfile; without a tag, the version of the chart.
image:
  repository: kubefigurator-producer
  tag: ''
  pullPolicy: ''
imagePullSecrets: []

# The name of this cluster, which replaces CLUSTER in host names; it must be set.
cluster: ''

etcd:
  # The URL of etcd, such as https://etcd-1.example.com:2379; it must be set.
  host: ''
  # A Secret in the namespace of the release with ca.crt, tls.crt and tls.key; empty: etcd without TLS.
  secret: kubefigurator-etcd
  # False if the Secret has only ca.crt: etcd then knows the producer by etcd-user and etcd-password-file in settings.
  clientCertificate: true

# Further flags of \`kubefigurator-producer watch\`, without their dashes; a list may be a list:
#   listen-ports: [80, 443]
#   node-selector: role=edge
settings: {}

# How many Pods: one of them publishes, and another one takes over at once.
replicas: 2

resources:
  requests: { cpu: 50m, memory: 128Mi }
  limits: { memory: 512Mi }
nodeSelector: {}
tolerations: []
affinity: {}
priorityClassName: ''

# What the Pod may talk to, for clusters whose network enforces policies.
networkPolicy:
  enabled: false
  prometheusNamespace: monitoring
  apiServerPorts: [443, 6443]
  etcdPorts: [2379]

# Who may expose what: default and rules as docs/reference/policy.md has them; empty: every namespace everything.
policy: {}

# Lets the API server refuse Services with annotations that the producer can't read (Kubernetes 1.31 or newer).
admission:
  enabled: false
`;
}

const text = { type: 'string' };
const trueOrFalse = { type: 'boolean' };
const anyObject = { type: 'object' };
const anyList = { type: 'array' };
const ports = { type: 'array', items: { type: 'integer', minimum: 1, maximum: 65_535 } };
/** An object that has these fields only. */
const closed = (properties: Readonly<Record<string, object>>): object => ({
  type: 'object',
  additionalProperties: false,
  properties,
});

/** The schema by which Helm refuses values that the chart doesn't know, and flags that the producer doesn't have. */
function valuesSchema(): string {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...closed({
      // Helm gives each chart within another one the values that are global there.
      global: anyObject,
      image: closed({
        repository: text,
        tag: text,
        pullPolicy: { enum: ['', 'Always', 'IfNotPresent', 'Never'] },
      }),
      imagePullSecrets: anyList,
      cluster: text,
      etcd: closed({ host: text, secret: text, clientCertificate: trueOrFalse }),
      settings: closed(
        Object.fromEntries(settingsOfPod().map((setting) => [setting.flag, schemaOf(setting)])),
      ),
      replicas: { type: 'integer', minimum: 0 },
      resources: anyObject,
      nodeSelector: anyObject,
      tolerations: anyList,
      affinity: anyObject,
      priorityClassName: text,
      networkPolicy: closed({
        enabled: trueOrFalse,
        prometheusNamespace: text,
        apiServerPorts: ports,
        etcdPorts: ports,
      }),
      policy: anyObject,
      admission: closed({ enabled: trueOrFalse }),
    }),
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

/** The flags of `watch` that may be given in the chart's value `settings`. */
function settingsOfPod(): readonly Setting<unknown>[] {
  const watch = producer.commands.find(({ name }) => name === 'watch');
  return Object.values(watch?.table ?? {}).filter(({ flag }) => !NOT_FOR_SETTINGS.includes(flag));
}

/**
 * A YAML tag in place of a text (`!spot` without quotes) comes as an empty text, which would count as not set; `minLength`
 * refuses it. An empty list is a value of some flags; null takes a flag of another values file away.
 */
function schemaOf({ form, help, choices, emptyIsValue }: Setting<unknown>): object {
  const text = { type: ['string', 'number'], ...(form === 'list' && emptyIsValue ? {} : { minLength: 1 }) };
  const one = choices === undefined ? text : { enum: choices };
  const types = {
    switch: { type: 'boolean' },
    count: { type: 'integer', minimum: 0 },
    one,
    list: { anyOf: [one, { type: 'array', items: one }] },
  };
  return { description: help, ...types[form] };
}
