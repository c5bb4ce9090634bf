import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startEtcd } from '../etcd/etcd.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { KubeClient, KubeObject } from './kube-client.ts';
import { createKubeClient } from './kube-client.ts';
import { BRIDGE_ADDRESS } from '../sandbox/network.ts';
import type { RunningProcess } from '../sandbox/processes.ts';
import { runChecked, startProcess } from '../sandbox/processes.ts';
import { programPath } from '../sandbox/programs.ts';
import { readProducerRole } from './producer-role.ts';
import { waitFor, when } from '../sandbox/wait.ts';

const PORT = 6443;
const ETCD_PORT = 2479;
const ADMIN_TOKEN = 'admin-of-the-harness';
const PRODUCER_TOKEN = 'producer-of-the-harness';
/**
 * A token that looks like an id-token of OpenID Connect, unsigned: clients read only when it expires (2100). The API
 * server knows it as a static token of an administrator.
 */
const ID_TOKEN = [{ alg: 'RS256' }, { sub: 'admin', exp: 4_102_444_800 }]
  .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  .concat('signature')
  .join('.');

/** A real kube-apiserver with its own etcd on the bridge, without controllers and kubelets. */
export interface ApiServer {
  readonly url: string;
  /** A client with all rights. */
  readonly client: KubeClient;
  /** An id-token with all rights. */
  readonly idToken: string;
  /** Kubeconfig with all rights. */
  readonly adminKubeconfig: string;
  /** Kubeconfig of the producer's ServiceAccount, with exactly the role that deploy/kubernetes ships. */
  readonly producerKubeconfig: string;
  /** The server as it was started last, even if it has ended. */
  process(): RunningProcess;
  /** Starts it again after it was ended, and waits until it is ready. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the API server and installs the producer's role. */
export async function startApiServer(fleet: Fleet): Promise<ApiServer> {
  const folder = join(fleet.folder, 'kube');
  mkdirSync(folder);
  const url = `https://${BRIDGE_ADDRESS}:${String(PORT)}`;
  const role = readProducerRole();
  const etcd = await startEtcd({ name: 'kube-etcd', folder, logs: fleet.logs, port: ETCD_PORT });
  const producerToken = `${PRODUCER_TOKEN},${role.user},producer,"${role.groups.join(',')}"`;
  const command = await prepare(fleet, folder, producerToken);
  const client = createKubeClient({ url, token: ADMIN_TOKEN, ca: fleet.authority.ca });
  const launch = (): RunningProcess => startProcess({ name: 'kube-apiserver', command, logs: fleet.logs });
  let current = launch();
  await waitUntilReady(current, client);
  for (const object of role.objects) await install(client, object);
  const writeKubeconfig = (name: string, token: string): string => {
    const file = join(folder, `${name}.kubeconfig`);
    writeFileSync(file, kubeconfig({ url, caFile: fleet.authority.caFile, token }), { mode: 0o600 });
    return file;
  };
  return {
    url,
    client,
    idToken: ID_TOKEN,
    adminKubeconfig: writeKubeconfig('admin', ADMIN_TOKEN),
    producerKubeconfig: writeKubeconfig('producer', PRODUCER_TOKEN),
    process: () => current,
    start: async () => {
      current = launch();
      await waitUntilReady(current, client);
    },
    close: async () => {
      client.close();
      await Promise.all([current.kill(), etcd.kill()]);
    },
  };
}

/**
 * Creates an object of the role; retries, because a server that has just started may not have its own namespaces yet.
 */
async function install(client: KubeClient, object: KubeObject): Promise<void> {
  await waitFor(`${object.kind} ${object.metadata.name} is created`, async () => {
    const { status, body } = await client.tryCreate(object);
    const existsAlready = status === 409;
    return when(status < 300 || existsAlready, body);
  });
}

/**
 * Writes keys, certificates and tokens; returns the command line. `producerToken` is the producer's line of the file
 * of tokens.
 */
async function prepare(fleet: Fleet, folder: string, producerToken: string): Promise<readonly string[]> {
  const file = (name: string): string => join(folder, name);
  const serving = await fleet.authority.issue([BRIDGE_ADDRESS]);
  writeFileSync(file('serving.crt'), serving.cert);
  writeFileSync(file('serving.key'), serving.key, { mode: 0o600 });
  await runChecked([programPath('openssl'), 'genrsa', '-out', file('accounts.key'), '2048']);
  const adminTokens = [ADMIN_TOKEN, ID_TOKEN].map((token) => `${token},admin,admin,"system:masters"\n`);
  writeFileSync(file('tokens.csv'), `${adminTokens.join('')}${producerToken}\n`, { mode: 0o600 });
  const flags = {
    'etcd-servers': `http://${BRIDGE_ADDRESS}:${String(ETCD_PORT)}`,
    'bind-address': BRIDGE_ADDRESS,
    'secure-port': String(PORT),
    'cert-dir': file('certificates'),
    'tls-cert-file': file('serving.crt'),
    'tls-private-key-file': file('serving.key'),
    'service-cluster-ip-range': '10.0.0.0/16',
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': file('accounts.key'),
    'service-account-signing-key-file': file('accounts.key'),
    'api-audiences': 'https://kubernetes.default.svc',
    'token-auth-file': file('tokens.csv'),
    'authorization-mode': 'RBAC',
    'disable-admission-plugins': 'ServiceAccount',
  };
  return [
    programPath('kubeApiServer'),
    ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
  ];
}

async function waitUntilReady(server: RunningProcess, client: KubeClient): Promise<void> {
  await waitFor(
    'kube-apiserver is ready',
    async () => {
      if (!server.running()) throw new Error(`kube-apiserver ended:\n${server.tail()}`);
      const { status, body } = await client.tryGet('/readyz');
      return when(status === 200, `${body}\n${server.tail(3)}`);
    },
    { limitMs: 60_000, everyMs: 100 },
  );
}

function kubeconfig(access: {
  readonly url: string;
  readonly caFile: string;
  readonly token: string;
}): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'harness', cluster: { server: access.url, 'certificate-authority': access.caFile } }],
    users: [{ name: 'harness', user: { token: access.token } }],
    contexts: [{ name: 'harness', context: { cluster: 'harness', user: 'harness' } }],
    'current-context': 'harness',
  });
}
