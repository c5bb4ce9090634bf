import type { Logger, Secret } from '@kubefigurator/daemon';
import type { Access } from './choose-access.ts';
import type { KubeConfigClass } from './client-node.ts';
import type { PluginTiming } from './exec-plugin.ts';

/** What a source adds to authenticate a request: a token, a certificate with its key, both, or nothing. */
export interface Credential {
  readonly token: Secret | undefined;
  /** PEM. */
  readonly certificate: string | undefined;
  readonly key: Secret | undefined;
}

export const NO_CREDENTIAL: Credential = { token: undefined, certificate: undefined, key: undefined };

/** Gives the credential for each request. */
export interface CredentialSource {
  /** Throws OperatorError with the reason why there is none. */
  readonly current: () => Promise<Credential>;
}

export interface CredentialOptions {
  readonly access: Access;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly KubeConfig: KubeConfigClass;
  readonly pluginTiming?: PluginTiming;
}
