import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from './kube-client.ts';
import { repositoryRoot } from '../sandbox/programs.ts';

/** The kinds of the manifests that tests create; without controllers a Deployment would start nothing. */
const INSTALLED = new Set([
  'Namespace',
  'ServiceAccount',
  'ClusterRole',
  'ClusterRoleBinding',
  'Role',
  'RoleBinding',
]);

/** The access that our shipped manifests give the producer. */
export interface ProducerRole {
  /** The user name of the ServiceAccount. */
  readonly user: string;
  /** The groups that Kubernetes gives each ServiceAccount of this namespace. */
  readonly groups: readonly string[];
  /** The shipped namespace, account, roles and bindings. */
  readonly objects: readonly KubeObject[];
}

/** Reads deploy/kubernetes/producer.yaml, so that tests run with what users install and nothing more. */
export function readProducerRole(): ProducerRole {
  const file = join(repositoryRoot, 'deploy/kubernetes/producer.yaml');
  const documents = parseAllDocuments(readFileSync(file, 'utf8')).map(
    // An empty document is null.
    (document) => document.toJS() as KubeObject | null,
  );
  const objects = documents.filter(
    (object): object is KubeObject => object !== null && INSTALLED.has(object.kind),
  );
  const account = objects.find(({ kind }) => kind === 'ServiceAccount');
  if (account === undefined) throw new Error(`${file} holds no ServiceAccount`);
  const { name, namespace = 'default' } = account.metadata;
  return {
    user: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    objects,
  };
}
