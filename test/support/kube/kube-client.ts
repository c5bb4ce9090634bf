import { Agent, request } from 'node:https';
import type { Manifest } from './manifests.ts';

/** The fields of an object that the client needs. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

export interface KubeReply {
  /** The HTTP status; 599 if no answer came, and the body is the reason then. */
  readonly status: number;
  readonly body: string;
}

/**
 * The requests that tests make. If one is refused, the `try…` functions return the reply, and the others throw its
 * message.
 */
export interface KubeClient {
  tryGet(path: string): Promise<KubeReply>;
  tryCreate(object: KubeObject): Promise<KubeReply>;
  /** Creates or changes the object, as `kubectl apply --server-side` does. */
  tryApply(object: Manifest): Promise<KubeReply>;
  /** Creates an object, and then writes its status, if it has one, as a kubelet does with a Node's addresses. */
  create(object: Manifest): Promise<void>;
  /** Merges a change into an object. */
  patch(object: KubeObject, change: object): Promise<void>;
  /** Merges a change into an object's status, as a kubelet does with a Node. */
  patchStatus(object: KubeObject, change: object): Promise<void>;
  delete(object: KubeObject): Promise<void>;
  close(): void;
}

/** The name of each kind in paths. */
const RESOURCES: Readonly<Record<string, string>> = {
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
  /** The content type; default JSON. */
  readonly type?: string;
}

const APPLY = 'application/apply-patch+yaml';
const MERGE = 'application/merge-patch+json';
/** No status of HTTP. */
const NO_ANSWER = 599;

/** A client that keeps its connections open between requests. */
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
      const options = { method: call.method, agent, headers, timeout: 30_000 };
      const sent = request(`${server.url}${call.path}`, options, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (body += chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body });
        });
      });
      sent.on('timeout', () => sent.destroy(new Error('no answer within 30 s')));
      sent.on('error', (error) => {
        resolve({ status: NO_ANSWER, body: error.message });
      });
      sent.end(text);
    });
  const sendOrThrow = async (call: Call): Promise<void> => {
    const { status, body } = await send(call);
    if (status >= 300) throw new Error(`${call.method} ${call.path}: ${String(status)} ${body}`);
  };
  const patchStatus: KubeClient['patchStatus'] = (object, change) =>
    sendOrThrow({ method: 'PATCH', path: `${pathOf(object)}/status`, body: change, type: MERGE });
  return {
    tryGet: (path) => send({ method: 'GET', path }),
    tryCreate: (object) => send({ method: 'POST', path: collectionPathOf(object), body: object }),
    // Without the status: an apply refuses two addresses of one type, as dual-stack nodes have them.
    tryApply: (object) =>
      send({
        method: 'PATCH',
        path: `${pathOf(object)}?fieldManager=harness&force=true`,
        body: { ...object, status: undefined },
        type: APPLY,
      }),
    create: async (object) => {
      await sendOrThrow({ method: 'POST', path: collectionPathOf(object), body: object });
      if (object.status !== undefined) await patchStatus(object, { status: object.status });
    },
    patch: (object, change) =>
      sendOrThrow({ method: 'PATCH', path: pathOf(object), body: change, type: MERGE }),
    patchStatus,
    delete: (object) => sendOrThrow({ method: 'DELETE', path: pathOf(object) }),
    close: () => {
      agent.destroy();
    },
  };
}

/** The path to which an object is posted. */
function collectionPathOf(object: KubeObject): string {
  const resource = RESOURCES[object.kind];
  if (resource === undefined) throw new Error(`the harness has no path for a ${object.kind}`);
  const base = object.apiVersion === 'v1' ? '/api/v1' : `/apis/${object.apiVersion}`;
  const { namespace } = object.metadata;
  return namespace === undefined ? `${base}/${resource}` : `${base}/namespaces/${namespace}/${resource}`;
}

/** The path of the object itself. */
function pathOf(object: KubeObject): string {
  return `${collectionPathOf(object)}/${object.metadata.name}`;
}
