import { addressWithoutUserInfo, OperatorError } from '@kubefigurator/daemon';
import type { Cluster, Kubeconfig, User } from './kubeconfig.ts';

/** The API server and the user that we are there. */
export interface Access {
  readonly cluster: Cluster & {
    /** A URL without a slash at its end. */
    readonly server: string;
  };
  readonly user: User;
}

/** So many of the names that a kubeconfig has are listed in a hint. */
const MOST_NAMED = 10;
const CHOOSE = 'choose one with `kubectl config use-context`';

/** The cluster and the user of the current context; throws OperatorError if either is missing or can't be used. */
export function chooseAccess(config: Kubeconfig): Access {
  const { currentContext, contexts, files } = config;
  const where = `the kubeconfig ${files.join(', ')}`;
  if (currentContext === '')
    throw new OperatorError(`${where} has no current context`, { hint: `${CHOOSE}${amongst(contexts)}` });
  const context = contexts.find(({ name }) => name === currentContext);
  if (context === undefined)
    throw new OperatorError(`${where} has no context "${currentContext}", which is its current one`, {
      hint: `${CHOOSE}${amongst(contexts)}`,
    });
  const named = (kind: 'cluster' | 'user'): string => {
    if (context[kind] !== '') return context[kind];
    throw new OperatorError(`the context "${context.name}" of ${where} names no ${kind}`, {
      hint: `name one with \`kubectl config set-context ${context.name} --${kind}=…\``,
    });
  };
  const missing = (kind: 'cluster' | 'user', name: string, others: readonly Named[]): OperatorError =>
    new OperatorError(`${where} has no ${kind} "${name}", which its context "${context.name}" names`, {
      hint: `add it, or choose another context${amongst(others)}`,
    });
  const [clusterName, userName] = [named('cluster'), named('user')];
  const cluster = config.clusters.find(({ name }) => name === clusterName);
  if (cluster === undefined) throw missing('cluster', clusterName, config.clusters);
  const user = config.users.find(({ name }) => name === userName);
  if (user === undefined) throw missing('user', userName, config.users);
  checkUser(user);
  return { cluster: { ...cluster, server: serverOf(cluster) }, user };
}

interface Named {
  readonly name: string;
}

function amongst(all: readonly Named[]): string {
  const names = all.slice(0, MOST_NAMED).map(({ name }) => name);
  return names.length === 0 ? '' : ` (there are: ${names.join(', ')})`;
}

/** The URL of the API server, without slashes at its end; without a scheme it is http, as for kubectl. */
function serverOf({ server, name, file }: Cluster): string {
  const place = `the server of cluster "${name}" in the kubeconfig ${file}`;
  if (server === undefined)
    throw new OperatorError(`${place} is missing`, { hint: 'give the address of the API server, https://…' });
  const text = /^[a-z]+:\/\//i.test(server) ? server : `http://${server}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new OperatorError(`${place} is not a URL: ${addressWithoutUserInfo(server)}`, {
      hint: 'give the address of the API server, https://…',
    });
  return text.replace(/\/+$/, '');
}

/** Throws OperatorError if fields of the user contradict each other, or half of a certificate and key is missing. */
function checkUser(user: User): void {
  const { exec, authProvider, token, tokenFile, username, password } = user;
  const has = (...fields: readonly unknown[]): boolean => fields.some((field) => field !== undefined);
  const place = `the user "${user.name}" in the kubeconfig ${user.file}`;
  const refuse = (what: string, hint: string): never => {
    throw new OperatorError(`${place} has ${what}`, { hint });
  };
  if (has(exec) && has(authProvider)) refuse('both exec and auth-provider', 'remove one of them');
  if (has(token, tokenFile) && has(username, password))
    refuse('both a token and a user name with a password', 'remove one of them');
  const hasCertificate = has(user.certFile, user.certData);
  const hasKey = has(user.keyFile, user.keyData);
  // A plugin may give the missing half.
  if (hasCertificate === hasKey || has(exec)) return;
  const [present, absent] = hasCertificate ? ['certificate', 'key'] : ['key', 'certificate'];
  refuse(`a client-${present} but no client-${absent}`, `add the client-${absent}`);
}
