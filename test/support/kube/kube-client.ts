import { Agent, request } from 'node:https';
import type { Manifest } from './manifests.ts';

/** The fields of an object that the client needs. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

export interface KubeReply {
  readonly status: number;
  readonly body: string;
}

/** The requests that tests make. A refused one throws the server's message; the `try…` functions return it. */
export interface KubeClient {
  tryGet(path: string): Promise<KubeReply>;
  tryCreate(object: KubeObject): Promise<KubeReply>;
  /** Creates or changes the object, as `kubectl apply --server-side` does. */
  tryApply(object: Manifest): Promise<KubeReply>;
  /** Creates an object; a Node's addresses are written to its status, as a kubelet does. */
  create(object: Manifest): Promise<void>;
  /** Merges a change into an object. */
  patch(object: KubeObject, change: object): Promise<void>;
  /** Merges a change into an object's status, as a kubelet does with a Node. */
  patchStatus(object: KubeObject, change: object): Promise<void>;
  delete(object: KubeObject): Promise<void>;
  close(): void;
}

const FOLDERS: Readonly<Record<string, string>> = {
  Service: 'services',
  Node: 'nodes',
  Namespace: 'namespaces',
  ConfigMap: 'configmaps',
  ServiceAccount: 'serviceaccounts',
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  Role: 'roles',
  RoleBinding: 'rolebindings',
};

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly type?: string;
}

/** A client over one kept connection. */
export function createKubeClient(server: {
  readonly url: string;
  readonly token: string;
  readonly ca: string;
}): KubeClient {
  const agent = new Agent({ keepAlive: true, ca: server.ca });
  const send = (call: Call): Promise<KubeReply> =>
    new Promise((resolve) => {
      const text = call.body === undefined ? '' : JSON.stringify(call.body);
      const headers = {
        authorization: `Bearer ${server.token}`,
        'content-type': call.type ?? 'application/json',
        'content-length': String(Buffer.byteLength(text)),
      };
      const options = { method: call.method, agent, headers, timeout: 10_000 };
      const sent = request(`${server.url}${call.path}`, options, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (body += chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body });
        });
      });
      sent.on('timeout', () => sent.destroy(new Error('no answer within 10 s')));
      sent.on('error', (error) => {
        // No status of HTTP: no answer came.
        resolve({ status: 599, body: error.message });
      });
      sent.end(text);
    });
  const must = async (call: Call): Promise<void> => {
    const { status, body } = await send(call);
    if (status >= 300) throw new Error(`${call.method} ${call.path}: ${String(status)} ${body}`);
  };
  const patchStatus: KubeClient['patchStatus'] = (object, change) =>
    must({ method: 'PATCH', path: `${itself(object)}/status`, body: change, type: MERGE });
  return {
    tryGet: (path) => send({ method: 'GET', path }),
    tryCreate: (object) => send({ method: 'POST', path: collection(object), body: object }),
    // The status isn't applied: an apply can't have two addresses of one type, as dual-stack nodes have them.
    tryApply: (object) =>
      send({
        method: 'PATCH',
        path: `${itself(object)}?fieldManager=harness&force=true`,
        body: { ...object, status: undefined },
        type: APPLY,
      }),
    create: async (object) => {
      await must({ method: 'POST', path: collection(object), body: object });
      if (object.status !== undefined) await patchStatus(object, { status: object.status });
    },
    patch: (object, change) => must({ method: 'PATCH', path: itself(object), body: change, type: MERGE }),
    patchStatus,
    delete: (object) => must({ method: 'DELETE', path: itself(object) }),
    close: () => {
      agent.destroy();
    },
  };
}

const APPLY = 'application/apply-patch+yaml';
const MERGE = 'application/merge-patch+json';

function collection(object: KubeObject): string {
  const folder = FOLDERS[object.kind];
  if (folder === undefined) throw new Error(`the harness has no path for a ${object.kind}`);
  const base = object.apiVersion === 'v1' ? '/api/v1' : `/apis/${object.apiVersion}`;
  const { namespace } = object.metadata;
  return namespace === undefined ? `${base}/${folder}` : `${base}/namespaces/${namespace}/${folder}`;
}

function itself(object: KubeObject): string {
  return `${collection(object)}/${object.metadata.name}`;
}
