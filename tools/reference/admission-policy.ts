import type { OptionDescription } from '@kubefigurator/translator';
import { ANNOTATION_PREFIX, ENABLING_LABEL, LIMITS, OPTIONS } from '@kubefigurator/translator';

const GENERATED = `# Generated from the table of options: UPDATE_GOLDENS=1 npm run test:unit writes it.
# Limits are the defaults of the producer: if you set another one with a flag (--max-ports-per-service), change it here too.
# Kubernetes 1.31 or newer. If a policy can't be evaluated, the API server accepts the Service, so it never blocks a cluster.
`;

/** One thing that may be wrong with a Service of ours. */
interface Rule {
  /** The name of the CEL variable that lists what is wrong in this way. */
  readonly name: string;
  /** CEL for the list that is checked; by default our annotations. */
  readonly among?: string;
  /** CEL that is true for a `key` of the list that is wrong. */
  readonly wrong: string;
  /** What follows the wrong keys in the message. */
  readonly sentence: string;
}

interface Policy {
  readonly name: string;
  readonly action: 'Deny' | 'Warn';
  readonly rules: readonly Rule[];
}

/**
 * Manifests that let the API server refuse a Service of ours with a text no parser takes, and warn where the producer
 * would. They refuse less than the parsers, never more: what they let through is reported by the producer.
 */
export function admissionPolicy(): string {
  const refused = OPTIONS.filter(({ admission }) => admission.action === 'refuse');
  const warned = OPTIONS.filter(({ admission }) => admission.action === 'warn');
  const policies: readonly Policy[] = [
    { name: 'kubefigurator-values', action: 'Deny', rules: [...refused.map(ruleOf), MANY_PORTS] },
    { name: 'kubefigurator-hints', action: 'Warn', rules: [...warned.map(ruleOf), KNOWN_OPTION] },
  ];
  return `${GENERATED}${policies.flatMap((policy) => [writePolicy(policy), writeBinding(policy)]).join('---\n')}`;
}

function ruleOf({ name, takes, admission, limit }: OptionDescription): Rule {
  const value = 'variables.annotations[key]';
  const isValid = admission.holds.replaceAll('VALUE', value);
  const most = limit === undefined ? undefined : LIMITS[limit].default;
  // The items are counted first, and no further than the limit: the API server ignores a policy that costs it too much.
  const holds =
    most === undefined ? isValid : `${value}.split(',', ${most + 1}).size() <= ${most} && (${isValid})`;
  return {
    name: `wrong_${name.replaceAll('-', '_')}`,
    wrong: `key.endsWith('.${name}') && !(${holds})`,
    sentence: `must be ${takes.replaceAll(/[`']/g, '')}${most === undefined ? '' : `, at most ${most}`}`,
  };
}

const MOST_PORTS = LIMITS.ports.default;
/**
 * Counts as the producer does: TCP ports that have node ports, or get them after this policy was asked. The list that is
 * checked has one item, which is what the message names.
 */
const MANY_PORTS: Rule = {
  name: 'many_ports',
  among: `['spec.ports']`,
  wrong: [
    `has(object.spec.type) && object.spec.type in ['NodePort', 'LoadBalancer']`,
    `!(has(object.spec.allocateLoadBalancerNodePorts) && !object.spec.allocateLoadBalancerNodePorts)`,
    `has(object.spec.ports)`,
    `object.spec.ports.filter(port, !has(port.protocol) || port.protocol == 'TCP').size() > ${MOST_PORTS}`,
  ].join(' && '),
  sentence: `must have at most ${MOST_PORTS} TCP ports`,
};

const OPTION_NAMES = OPTIONS.map(({ name }) => name);
const KNOWN_OPTION: Rule = {
  name: 'unknown_option',
  wrong: `!(key.split('.')[size(key.split('.')) - 1] in [${OPTION_NAMES.map((name) => `'${name}'`).join(', ')}])`,
  sentence: `names no option; there are ${OPTION_NAMES.join(', ')}`,
};

function writePolicy({ name, rules }: Policy): string {
  const label = `object.metadata.labels['${ENABLING_LABEL.key}'] == '${ENABLING_LABEL.value}'`;
  const lists = rules.map(({ name: list, wrong, among = 'variables.options' }) => {
    const expression = JSON.stringify(`${among}.filter(key, ${wrong})`);
    return `    - name: ${list}\n      expression: ${expression}\n`;
  });
  const validations = rules.map(({ name: list, sentence }) => {
    const message = JSON.stringify(`variables.${list}.join(', ') + ' ${sentence}'`);
    return `    - expression: variables.${list}.size() == 0\n      messageExpression: ${message}\n`;
  });
  return `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: ${name}
spec:
  failurePolicy: Ignore
  matchConstraints:
    resourceRules:
      - apiGroups: ['']
        apiVersions: [v1]
        operations: [CREATE, UPDATE]
        resources: [services]
  matchConditions:
    - name: enabled
      expression: ${JSON.stringify(`has(object.metadata.labels) && '${ENABLING_LABEL.key}' in object.metadata.labels && ${label}`)}
  variables:
    - name: annotations
      expression: 'has(object.metadata.annotations) ? object.metadata.annotations : {}'
    - name: options
      expression: ${JSON.stringify(`variables.annotations.filter(key, key.startsWith('${ANNOTATION_PREFIX}'))`)}
${lists.join('')}  validations:
${validations.join('')}`;
}

function writeBinding({ name, action }: Policy): string {
  return `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: ${name}
spec:
  policyName: ${name}
  validationActions: [${action}]
`;
}
