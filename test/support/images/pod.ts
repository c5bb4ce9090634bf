import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Container } from './container.ts';
import { startContainer } from './container.ts';
import type { Image } from './image.ts';
import type { ApiServer } from '../kube/kube.ts';
import { runChecked } from '../sandbox/processes.ts';
import { scratchFolder } from '../sandbox/programs.ts';

/** In the image /var/run is a link to /run; a mount from outside would follow that link to the outer /run. */
const ACCOUNT_FOLDER = '/run/secrets/kubernetes.io/serviceaccount';

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface SecretVolume {
  readonly secretName: string;
  readonly defaultMode: number;
}

interface Target {
  readonly server: ApiServer;
  readonly namespace: string;
  readonly group: number;
}

/** The fields of a Deployment that the harness reads. */
export interface Deployment {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly serviceAccountName: string;
        readonly securityContext: {
          readonly runAsUser: number;
          readonly runAsGroup: number;
          readonly fsGroup: number;
        };
        readonly containers: readonly {
          readonly image: string;
          readonly args: readonly string[];
          readonly env: readonly { readonly name: string; readonly value: string }[];
          readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
          readonly startupProbe: Probe;
          readonly livenessProbe: Probe;
          readonly readinessProbe: Probe;
          readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
        }[];
        readonly volumes: readonly { readonly name: string; readonly secret: SecretVolume }[];
      };
    };
  };
}

export interface PodSpec {
  readonly server: ApiServer;
  readonly image: Image;
  readonly deployment: Deployment;
  readonly logs: string;
  /** The CA of the API server, PEM. */
  readonly ca: string;
  /** Addresses of other machines by their names, for /etc/hosts. */
  readonly addresses?: Readonly<Record<string, string>>;
}

/**
 * Starts the one container of a Deployment as a kubelet does: with the account's token from the API server, Secrets as
 * files of the Pod's group, the API server's address in the environment, and the user and group of the Deployment.
 */
export async function startPod({
  server,
  image,
  deployment,
  logs,
  ca,
  addresses = {},
}: PodSpec): Promise<Container> {
  const { name, namespace } = deployment.metadata;
  const pod = deployment.spec.template.spec;
  const [container] = pod.containers;
  if (container === undefined) throw new Error(`${name} has no container`);
  const { runAsUser, runAsGroup, fsGroup } = pod.securityContext;
  const folder = join(scratchFolder(), `pod-${name}-${String(Date.now())}`);
  const account = join(folder, 'account');
  mkdirSync(account, { recursive: true });
  const token = await kubectl(server, 'create', 'token', pod.serviceAccountName, '--namespace', namespace);
  for (const [file, text] of Object.entries({ token, namespace, 'ca.crt': ca }))
    writeFileSync(join(account, file), text);
  const { hostname, port } = new URL(server.url);
  const secrets = await Promise.all(
    container.volumeMounts.map(async ({ name: volume, mountPath }) => {
      const source = join(folder, volume);
      const secret = pod.volumes.find((each) => each.name === volume)?.secret;
      if (secret === undefined) throw new Error(`${name} has no volume ${volume}`);
      await writeSecret(secret, source, { server, namespace, group: fsGroup });
      return { source, target: mountPath, readOnly: true };
    }),
  );
  return startContainer({
    name: `pod-${name}`,
    image,
    logs,
    addresses,
    user: `${String(runAsUser)}:${String(runAsGroup)}`,
    command: container.args,
    env: {
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      ...Object.fromEntries(container.env.map((each) => [each.name, each.value])),
    },
    mounts: [...secrets, { source: account, target: ACCOUNT_FOLDER, readOnly: true }],
  });
}

/** Writes a Secret's data as files of the Pod's group. */
async function writeSecret(secret: SecretVolume, source: string, target: Target): Promise<void> {
  const object = JSON.parse(
    await kubectl(
      target.server,
      'get',
      'secret',
      secret.secretName,
      '--namespace',
      target.namespace,
      '-o',
      'json',
    ),
  ) as { data: Readonly<Record<string, string>> };
  mkdirSync(source, { recursive: true });
  for (const [file, value] of Object.entries(object.data)) {
    const path = join(source, file);
    writeFileSync(path, Buffer.from(value, 'base64'));
    chmodSync(path, secret.defaultMode);
    chownSync(path, 0, target.group);
  }
}

/** Runs the real kubectl with all rights; throws with its output if it fails. */
export function kubectl(server: ApiServer, ...args: readonly string[]): Promise<string> {
  const program = process.env['KUBEFIGURATOR_KUBECTL'];
  if (program === undefined)
    throw new Error(process.env['KUBEFIGURATOR_KUBECTL_PROBLEM'] ?? 'run this through "npm test -- <file>"');
  return runChecked([program, `--kubeconfig=${server.adminKubeconfig}`, ...args]);
}
