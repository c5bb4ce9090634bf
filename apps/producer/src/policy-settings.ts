import { fileSetting, type Parsed, setting } from '@kubefigurator/daemon';
import { parseNamespace } from './setting-values.ts';

const POLICY = 'Who may expose what';

/** Where the policy is that says which namespaces may claim what. */
export const policySettings = {
  policyFile: fileSetting({
    flag: 'policy-file',
    group: POLICY,
    help: 'a policy: the ports, addresses, host names and certificates that namespaces may have; watch follows changes',
  }),
  policyConfigMap: setting<string | undefined>({
    flag: 'policy-config-map',
    value: 'namespace/name',
    group: POLICY,
    default: undefined,
    help: 'the same in a ConfigMap, under the key policy.yaml; needs the right to list and watch this ConfigMap',
    parse: parseObjectName,
  }),
};

/** A DNS subdomain of at most 253 characters, as Kubernetes requires of a ConfigMap's name. */
const OBJECT_NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

function parseObjectName(text: string): Parsed<string> {
  const [namespace = '', name = '', ...more] = text.split('/');
  const isName = more.length === 0 && OBJECT_NAME.test(name) && 'value' in parseNamespace(namespace);
  return isName
    ? { value: text }
    : { reason: `"${text}" is not <namespace>/<name>, such as kubefigurator/policy` };
}
