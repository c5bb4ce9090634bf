import { existsSync, readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { delimiter, join } from 'node:path';
import { fileTrouble, OperatorError } from '@kubefigurator/daemon';
import { type Access, chooseAccess } from './choose-access.ts';
import { type Kubeconfig, mergeKubeconfigs } from './kubeconfig.ts';
import { parseKubeconfig } from './parse-kubeconfig.ts';

const NAME_ANOTHER = 'name a kubeconfig with --kubeconfig or $KUBECONFIG, or manifests with --from';
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

type Environment = Readonly<Record<string, string | undefined>>;

export interface AccessOptions {
  /**
   * A kubeconfig file; empty for the Pod's own service account; undefined for `$KUBECONFIG`, else `~/.kube/config`,
   * else the service account.
   */
  readonly kubeconfig: string | undefined;
  readonly env: Environment;
}

/** Reads the kubeconfig or service account that `AccessOptions` selects; throws OperatorError if it can't be used. */
export function readAccess({ kubeconfig, env }: AccessOptions): Access {
  if (kubeconfig !== undefined && kubeconfig !== '') {
    const only = readKubeconfig(kubeconfig);
    if (only === undefined) throw absent([kubeconfig]);
    return chooseAccess(only);
  }
  const files = kubeconfig === '' ? [] : usualFiles(env);
  // As in kubectl, files of a list that don't exist are passed over.
  const present = files.map(readKubeconfig).filter((config) => config !== undefined);
  if (present.length > 0) return chooseAccess(mergeKubeconfigs(present));
  const account = serviceAccount(env);
  if (account !== undefined) return account;
  if (files.length > 0) throw absent(files);
  throw new OperatorError(
    kubeconfig === ''
      ? 'this is not a Pod with a service account'
      : 'there is no kubeconfig and no service account here',
    { hint: NAME_ANOTHER },
  );
}

/** The files of `$KUBECONFIG`, else `~/.kube/config`; none if that doesn't exist. */
function usualFiles(env: Environment): readonly string[] {
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  if (named.length > 0) return [...new Set(named)];
  const home = env['HOME'] ?? '';
  const file = join(home, '.kube', 'config');
  return home !== '' && existsSync(file) ? [file] : [];
}

/** Undefined if there is no such file; throws OperatorError if it can't be read. */
function readKubeconfig(file: string): Kubeconfig | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new OperatorError(`can't read the kubeconfig ${file}: ${fileTrouble(cause, 'read')}`, {
      hint: NAME_ANOTHER,
      cause,
    });
  }
  return parseKubeconfig(text, file);
}

function absent(files: readonly string[]): OperatorError {
  const message =
    files.length === 1
      ? `can't read the kubeconfig ${files.join()}: there is no such file or folder`
      : `none of the files that $KUBECONFIG names exists: ${files.join(', ')}`;
  return new OperatorError(message, { hint: NAME_ANOTHER });
}

/** The Pod's service account; undefined outside of a Pod, or if the Pod has none. */
function serviceAccount(env: Environment): Access | undefined {
  const host = env['KUBERNETES_SERVICE_HOST'];
  const tokenFile = `${SERVICE_ACCOUNT}/token`;
  if (host === undefined || !existsSync(tokenFile)) return undefined;
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '443';
  // The ports of plain HTTP, as in client-node.
  const scheme = ['80', '8080', '8001'].includes(port) ? 'http' : 'https';
  return {
    cluster: {
      name: 'in-cluster',
      file: SERVICE_ACCOUNT,
      server: `${scheme}://${isIPv6(host) ? `[${host}]` : host}:${port}`,
      caFile: `${SERVICE_ACCOUNT}/ca.crt`,
      caData: undefined,
      insecure: false,
      tlsServerName: undefined,
      proxyUrl: undefined,
      execConfig: undefined,
    },
    user: { ...EMPTY_USER, name: 'service account', file: SERVICE_ACCOUNT, tokenFile },
  };
}

const EMPTY_USER: Access['user'] = {
  name: '',
  file: '',
  token: undefined,
  tokenFile: undefined,
  username: undefined,
  password: undefined,
  certFile: undefined,
  certData: undefined,
  keyFile: undefined,
  keyData: undefined,
  exec: undefined,
  authProvider: undefined,
  impersonate: { user: undefined, uid: undefined, groups: [], extra: {} },
};
