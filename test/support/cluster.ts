import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import type { ApiServer } from './kube.ts';
import type { Manifest } from './manifests.ts';
import type { ProducerSpec } from './producer.ts';

/** Where Services and Nodes live: a folder of manifests, or a real API server. */
export interface Cluster {
  readonly source: ProducerSpec['source'];
  /** Creates or changes the object. */
  apply(manifest: Manifest): Promise<void>;
  delete(manifest: Manifest): Promise<void>;
}

/** A folder with one file per object, written as editors do: a new file, then a rename. */
export function createManifestFolder(folder: string): Cluster {
  mkdirSync(folder, { recursive: true });
  const path = ({ kind, metadata }: Manifest): string =>
    join(folder, `${kind.toLowerCase()}-${metadata.namespace ?? 'cluster'}-${metadata.name}.yaml`);
  return {
    source: { from: folder },
    apply: (manifest) => {
      const draft = join(folder, '.draft');
      writeFileSync(draft, stringify(manifest));
      renameSync(draft, path(manifest));
      return Promise.resolve();
    },
    delete: (manifest) => {
      rmSync(path(manifest));
      return Promise.resolve();
    },
  };
}

/** The API server as a place for manifests; namespaces are made as they are needed. */
export function createKubeCluster(server: ApiServer): Cluster {
  const { client } = server;
  return {
    source: { kubeconfig: server.producerKubeconfig },
    apply: async (manifest) => {
      const { status, body } = await client.tryCreate(manifest);
      if (status === 409) return client.patch(manifest, manifest);
      if (status === 404 && manifest.metadata.namespace !== undefined) {
        const namespace = {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name: manifest.metadata.namespace },
        };
        await client.tryCreate(namespace);
        return client.create(manifest);
      }
      if (status >= 300)
        throw new Error(`${manifest.kind} ${manifest.metadata.name}: ${String(status)} ${body}`);
      if (manifest.status !== undefined) await client.patchStatus(manifest, { status: manifest.status });
    },
    delete: (manifest) => client.delete(manifest),
  };
}

/** Every object in a folder of YAML files. */
export function readManifests(folder: string): Manifest[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => parseAllDocuments(readFileSync(join(folder, file), 'utf8')))
    .map((document) => document.toJS() as Manifest);
}
