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

/**
 * A folder with one file for each object. A change writes a new file and renames it over the old one, as editors do.
 */
export function createManifestFolder(folder: string): Cluster {
  mkdirSync(folder, { recursive: true });
  const path = ({ kind, metadata }: Manifest): string =>
    join(folder, `${kind.toLowerCase()}-${metadata.namespace ?? 'cluster'}-${metadata.name}.yaml`);
  return {
    source: { from: folder },
    apply: (manifest) => {
      // The producer reads no file whose name doesn't end with .yaml, .yml or .json.
      const draft = join(folder, '.draft');
      // YAML 1.1, as kubectl reads it: `yes` is written in quotes.
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

/** Keeps the objects in an API server; creates the namespace of an object if it is missing. */
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
      const firstReply = await client.tryApply(manifest);
      const { status, body } = isNamespaceMissing(firstReply)
        ? await applyInNewNamespace(manifest)
        : firstReply;
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
