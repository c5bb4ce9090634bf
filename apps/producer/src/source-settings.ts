import { fileSetting, listSetting } from '@kubefigurator/daemon';
import { parseNamespace } from './setting-values.ts';

const OBSERVE = 'Where Services and Nodes come from';

/** Where Services and Nodes are observed. */
export const sourceSettings = {
  from: fileSetting({
    flag: 'from',
    value: 'file|dir',
    group: OBSERVE,
    help: 'manifests instead of an API server: a YAML or JSON file, or a folder of them; watch follows changes on disk',
  }),
  kubeconfig: fileSetting({
    flag: 'kubeconfig',
    group: OBSERVE,
    emptyIsValue: true,
    defaultText: '$KUBECONFIG, ~/.kube/config, the service account',
    help: 'the kubeconfig for the API server; empty: the service account of the Pod',
  }),
  namespace: listSetting<string>({
    flag: 'namespace',
    value: 'name',
    group: OBSERVE,
    default: [],
    defaultText: 'all',
    help: 'only Services of this namespace',
    parse: parseNamespace,
  }),
};
