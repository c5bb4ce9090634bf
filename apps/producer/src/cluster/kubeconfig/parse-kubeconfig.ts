import { dirname, resolve } from 'node:path';
import { OperatorError, secret } from '@kubefigurator/daemon';
import { CORE_SCHEMA, load, YAMLException } from 'js-yaml';
import { yamlReason } from '../yaml-reason.ts';
import { type Fields, kubeconfigFields } from './fields.ts';
import type {
  AuthProvider,
  Cluster,
  Context,
  ExecSpec,
  Impersonation,
  Kubeconfig,
  User,
} from './kubeconfig.ts';

const EXEC_EXTENSION = 'client.authentication.k8s.io/exec';
/** Kinds of manifests, which an error may quote; any other value of `kind` may be a secret. */
const KINDS = /^(?:ConfigMap|Deployment|Ingress|List|Namespace|Node|Pod|Secret|Service)$/;
const WRITE_ANOTHER =
  'write it again with the tool of your cluster, or name another one with --kubeconfig or $KUBECONFIG';

/**
 * Reads the text of a kubeconfig; relative paths in it are resolved from its folder.
 * Throws OperatorError with one sentence. It quotes names of entries and well-known kinds, and nothing else of the
 * text: any other part may be a secret.
 */
export function parseKubeconfig(text: string, file: string): Kubeconfig {
  const fields = kubeconfigFields(documentOf(text, file), file, '');
  const kind = fields.text('kind') ?? 'Config';
  if (kind !== 'Config')
    throw new OperatorError(
      `the kubeconfig ${file} is no kubeconfig: its kind ${KINDS.test(kind) ? `is ${kind}` : "isn't Config"}`,
      {
        hint: 'give manifests with --from, and a kubeconfig with --kubeconfig',
      },
    );
  const folder = dirname(resolve(file));
  return {
    files: [file],
    clusters: entries(fields, 'clusters', 'cluster', (name, entry) =>
      clusterOf(name, entry, { file, folder }),
    ),
    users: entries(fields, 'users', 'user', (name, entry) => userOf(name, entry, { file, folder })),
    contexts: entries(fields, 'contexts', 'context', (name, entry) => contextOf(name, entry, file)),
    currentContext: fields.text('current-context') ?? '',
  };

  /** The entries of `list` (`clusters`), made of what each has below `key` (`cluster`); throws if two have one name. */
  function entries<T extends { readonly name: string }>(
    from: Fields,
    list: string,
    key: string,
    make: (name: string, entry: Fields) => T,
  ): readonly T[] {
    const made = from.list(list).map((item) => {
      const name = item.text('name') ?? '';
      return make(name, kubeconfigFields(item.raw(key), file, `${key} "${name}"`));
    });
    const twice = made.find(({ name }, index) => made.findIndex((one) => one.name === name) !== index);
    if (twice === undefined) return made;
    throw new OperatorError(`the kubeconfig ${file} is wrong: it has the ${key} "${twice.name}" twice`, {
      hint: 'rename or remove one of them',
    });
  }
}

/** Where an entry is written. */
interface Place {
  readonly file: string;
  readonly folder: string;
}

function documentOf(text: string, file: string): unknown {
  if (text.trim() === '') throw new OperatorError(`the kubeconfig ${file} is empty`, { hint: WRITE_ANOTHER });
  if (/^\s*<(?:!doctype|html|head|body|\?xml)/i.test(text))
    throw new OperatorError(`the kubeconfig ${file} is a web page`, {
      hint: 'it was saved from a login or an error page: download it again after signing in',
    });
  let document: unknown;
  try {
    document = load(text, { schema: CORE_SCHEMA });
  } catch (cause) {
    // The message of js-yaml quotes the lines around the place.
    const { reason, mark } =
      cause instanceof YAMLException ? cause : { reason: 'unreadable', mark: undefined };
    const where = mark === undefined ? '' : ` (line ${mark.line + 1})`;
    throw new OperatorError(`the kubeconfig ${file} isn't YAML: ${yamlReason(reason)}${where}`, {
      hint: WRITE_ANOTHER,
    });
  }
  if (document === undefined || document === null)
    throw new OperatorError(`the kubeconfig ${file} is empty`, { hint: WRITE_ANOTHER });
  if (typeof document !== 'object' || Array.isArray(document))
    throw new OperatorError(`the kubeconfig ${file} is no kubeconfig: it holds no mapping`, {
      hint: WRITE_ANOTHER,
    });
  return document;
}

function clusterOf(name: string, entry: Fields, { file, folder }: Place): Cluster {
  const extension = entry.list('extensions').find((one) => one.text('name') === EXEC_EXTENSION);
  return {
    name,
    file,
    server: entry.text('server'),
    caFile: absolute(folder, entry.text('certificate-authority')),
    caData: entry.text('certificate-authority-data'),
    insecure: entry.flag('insecure-skip-tls-verify'),
    tlsServerName: entry.text('tls-server-name'),
    proxyUrl: entry.text('proxy-url'),
    execConfig: extension?.raw('extension'),
  };
}

function userOf(name: string, entry: Fields, { file, folder }: Place): User {
  return {
    name,
    file,
    token: entry.secret('token'),
    tokenFile: absolute(folder, entry.text('tokenFile')),
    username: entry.text('username'),
    password: entry.secret('password'),
    certFile: absolute(folder, entry.text('client-certificate')),
    certData: entry.text('client-certificate-data'),
    keyFile: absolute(folder, entry.text('client-key')),
    keyData: entry.secret('client-key-data'),
    exec: entry.has('exec') ? execOf(entry.fields('exec'), folder) : undefined,
    authProvider: entry.has('auth-provider') ? providerOf(entry.fields('auth-provider')) : undefined,
    impersonate: impersonationOf(entry),
  };
}

function execOf(fields: Fields, folder: string): ExecSpec {
  const command = fields.text('command') ?? '';
  const variables = fields
    .list('env')
    .map((one) => [one.text('name') ?? '', one.text('value') ?? ''] as const);
  return {
    // A name without a slash is looked up in $PATH.
    command: command.includes('/') ? resolve(folder, command) : command,
    args: fields.texts('args'),
    env: Object.fromEntries(variables.filter(([variable]) => variable !== '')),
    apiVersion: fields.text('apiVersion') ?? '',
    installHint: fields.text('installHint'),
    provideClusterInfo: fields.flag('provideClusterInfo'),
    interactiveMode: fields.text('interactiveMode') ?? 'IfAvailable',
  };
}

function providerOf(fields: Fields): AuthProvider {
  const config = fields.fields('config');
  const values = config.names().flatMap((name) => {
    const value = config.text(name);
    return value === undefined ? [] : [[name, secret(value)] as const];
  });
  return { name: fields.text('name') ?? '', config: Object.fromEntries(values) };
}

function impersonationOf(entry: Fields): Impersonation {
  const extra = entry.fields('as-user-extra');
  return {
    user: entry.text('as'),
    uid: entry.text('as-uid'),
    groups: entry.texts('as-groups'),
    extra: Object.fromEntries(extra.names().map((name) => [name, extra.texts(name)])),
  };
}

function contextOf(name: string, entry: Fields, file: string): Context {
  return { name, file, cluster: entry.text('cluster') ?? '', user: entry.text('user') ?? '' };
}

function absolute(folder: string, path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(folder, path);
}
