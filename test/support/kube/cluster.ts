import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import type { KubeReply } from './kube-client.ts';
import type { ApiServer } from './kube.ts';
import type { Manifest } from './manifests.ts';
import type { ProducerSpec } from '../fleet/producer.ts';

/** A source of Services and Nodes: a folder of manifests, or a real API server. */
export interface Cluster {
  readonly source: ProducerSpec['source'];
  /** Creates or changes the object. */
  apply(manifest: Manifest): Promise<void>;
  delete(manifest: Manifest): Promise<void>;
}

/** A folder with one file for each object; like an editor, it writes a new file and renames it. */
export function createManifestFolder(folder: string): Cluster {
  mkdirSync(folder, { recursive: true });
  const path = ({ kind, metadata }: Manifest): string =>
    join(folder, `${kind.toLowerCase()}-${metadata.namespace ?? 'cluster'}-${metadata.name}.yaml`);
  return {
    source: { from: folder },
    apply: (manifest) => {
      const draft = join(folder, '.draft');
      writeFileSync(draft, stringify(manifest, { version: '1.1' }));
      renameSync(draft, path(manifest));
      return Promise.resolve();
    },
    delete: (manifest) => {
      rmSync(path(manifest));
      return Promise.resolve();
    },
  };
}

/** Keeps the objects in the API server; creates a namespace when an object needs it. */
export function createKubeCluster(server: ApiServer): Cluster {
  const { client } = server;
  const isNamespaceMissing = ({ status, body }: KubeReply): boolean =>
    status === 404 && body.includes('namespaces');
  const applyInNewNamespace = async (manifest: Manifest): Promise<KubeReply> => {
    const metadata = { name: manifest.metadata.namespace ?? '' };
    await client.tryCreate({ apiVersion: 'v1', kind: 'Namespace', metadata });
    return client.tryApply(manifest);
  };
  return {
    source: { kubeconfig: server.producerKubeconfig },
    apply: async (manifest) => {
      const first = await client.tryApply(manifest);
      const { status, body } = isNamespaceMissing(first) ? await applyInNewNamespace(manifest) : first;
      if (status >= 300)
        throw new Error(`${manifest.kind} ${manifest.metadata.name}: ${String(status)} ${body}`);
      if (manifest.status !== undefined) await client.patchStatus(manifest, { status: manifest.status });
    },
    delete: (manifest) => client.delete(manifest),
  };
}

/** Reads every object in a folder of YAML files. */
export function readManifests(folder: string): Manifest[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => parseAllDocuments(readFileSync(join(folder, file), 'utf8')))
    .map((document) => document.toJS() as Manifest);
}
