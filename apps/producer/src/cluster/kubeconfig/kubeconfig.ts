import type { Secret } from '@kubefigurator/daemon';

/** A cluster of a kubeconfig, with absolute paths; an entry that nobody chooses may lack anything. */
export interface Cluster {
  readonly name: string;
  /** The kubeconfig that holds the entry. */
  readonly file: string;
  readonly server: string | undefined;
  readonly caFile: string | undefined;
  /** Base64 of PEM. */
  readonly caData: string | undefined;
  readonly insecure: boolean;
  readonly tlsServerName: string | undefined;
  readonly proxyUrl: string | undefined;
  /** What a plugin with `provideClusterInfo` gets as `config`: the extension `client.authentication.k8s.io/exec`. */
  readonly execConfig: unknown;
}

/** A program that gives credentials: `exec` of a user. */
export interface ExecSpec {
  /** An absolute path, or a name that is looked up in `$PATH`. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly apiVersion: string;
  readonly installHint: string | undefined;
  readonly provideClusterInfo: boolean;
  readonly interactiveMode: string;
}

export interface AuthProvider {
  readonly name: string;
  /** Some of these values are secrets. */
  readonly config: Readonly<Record<string, Secret>>;
}

/** The user for whom the requests are made, if it is another one (`kubectl --as`); all empty otherwise. */
export interface Impersonation {
  readonly user: string | undefined;
  readonly uid: string | undefined;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** A user of a kubeconfig, with absolute paths. */
export interface User {
  readonly name: string;
  /** The kubeconfig that holds the entry. */
  readonly file: string;
  readonly token: Secret | undefined;
  readonly tokenFile: string | undefined;
  readonly username: string | undefined;
  readonly password: Secret | undefined;
  readonly certFile: string | undefined;
  /** Base64 of PEM. */
  readonly certData: string | undefined;
  readonly keyFile: string | undefined;
  readonly keyData: Secret | undefined;
  readonly exec: ExecSpec | undefined;
  readonly authProvider: AuthProvider | undefined;
  readonly impersonate: Impersonation;
}

export interface Context {
  readonly name: string;
  readonly file: string;
  readonly cluster: string;
  readonly user: string;
}

/** One kubeconfig, or several that are merged. */
export interface Kubeconfig {
  readonly files: readonly string[];
  readonly clusters: readonly Cluster[];
  readonly users: readonly User[];
  readonly contexts: readonly Context[];
  /** Empty if no file has one. */
  readonly currentContext: string;
}

/**
 * Merges kubeconfigs as kubectl does: of entries with the same name the first counts, with all its fields. Of several
 * current contexts the first counts.
 */
export function mergeKubeconfigs(configs: readonly Kubeconfig[]): Kubeconfig {
  return {
    files: configs.flatMap(({ files }) => files),
    clusters: firstOfEachName(configs.flatMap(({ clusters }) => clusters)),
    users: firstOfEachName(configs.flatMap(({ users }) => users)),
    contexts: firstOfEachName(configs.flatMap(({ contexts }) => contexts)),
    currentContext: configs.find(({ currentContext }) => currentContext !== '')?.currentContext ?? '',
  };
}

function firstOfEachName<T extends { readonly name: string }>(entries: readonly T[]): readonly T[] {
  const byName = new Map<string, T>();
  for (const entry of entries) if (!byName.has(entry.name)) byName.set(entry.name, entry);
  return [...byName.values()];
}
