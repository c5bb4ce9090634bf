import { OperatorError, revealSecret, secret, type Secret } from '@kubefigurator/daemon';
import type { AuthProvider, User } from './kubeconfig.ts';

const LOGIN = 'sign in again, for example with kubelogin, or use a user with a token or a credential plugin';
/** Auth providers that kubectl had until 1.25, and the plugin that replaces each. */
const SUCCESSORS: Readonly<Record<string, string>> = {
  gcp: 'gke-gcloud-auth-plugin: run `gcloud container clusters get-credentials` again',
  azure: 'kubelogin: run `kubelogin convert-kubeconfig`',
};

/** What a refresh needs. */
export interface OidcLogin {
  readonly user: User;
  /** Without a slash at its end. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: Secret | undefined;
  readonly caFile: string | undefined;
  /** Base64 of PEM. */
  readonly caData: string | undefined;
}

export interface OidcTokens {
  readonly idToken: Secret | undefined;
  readonly refreshToken: Secret | undefined;
}

/** The tokens and the issuer of an `auth-provider`; throws OperatorError if it isn't one for OIDC, or is incomplete. */
export function readOidc(user: User, { name, config }: AuthProvider): OidcLogin & OidcTokens {
  const place = `the user "${user.name}" in the kubeconfig ${user.file}`;
  if (name !== 'oidc') {
    const successor = SUCCESSORS[name];
    throw new OperatorError(`${place} has the auth-provider "${name}", which kubectl doesn't know any more`, {
      hint: successor === undefined ? 'use a credential plugin (exec)' : `use ${successor}`,
    });
  }
  const text = (key: string): string | undefined => {
    const value = config[key];
    return value === undefined ? undefined : revealSecret(value);
  };
  const needed = (key: string): string => {
    const value = text(key);
    if (value !== undefined) return value;
    throw new OperatorError(`${place} has the auth-provider oidc without ${key}`, { hint: `add ${key}` });
  };
  return {
    user,
    issuer: needed('idp-issuer-url').replace(/\/+$/, ''),
    clientId: needed('client-id'),
    clientSecret: config['client-secret'],
    caFile: text('idp-certificate-authority'),
    caData: text('idp-certificate-authority-data'),
    idToken: config['id-token'],
    refreshToken: config['refresh-token'],
  };
}

/** When an id-token expires, in milliseconds since 1970; undefined if it is no JSON Web Token or has no `exp`. */
export function idTokenExpiryOf(idToken: Secret): number | undefined {
  const [, payload, signature] = revealSecret(idToken).split('.');
  if (payload === undefined || signature === undefined) return undefined;
  try {
    const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { exp?: unknown };
    return typeof exp === 'number' ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}

/** The issuer's token endpoint, from its discovery document; undefined if there is no valid one in it. */
export function tokenEndpointOf(text: string): string | undefined {
  const endpoint = fieldOf(text, 'token_endpoint');
  return endpoint !== undefined && URL.canParse(endpoint) ? endpoint : undefined;
}

/** The new tokens in the answer of a token endpoint; a token that isn't there is undefined. */
export function tokensInAnswer(text: string): OidcTokens {
  const [idToken, refreshToken] = [fieldOf(text, 'id_token'), fieldOf(text, 'refresh_token')];
  return {
    idToken: idToken === undefined ? undefined : secret(idToken),
    refreshToken: refreshToken === undefined ? undefined : secret(refreshToken),
  };
}

/** The error code in a token endpoint's answer, such as `invalid_grant`; the description may quote the token. */
export function errorCodeOf(text: string): string | undefined {
  const code = fieldOf(text, 'error');
  return code !== undefined && /^[a-z_]{1,40}$/.test(code) ? code : undefined;
}

function fieldOf(text: string, name: string): string | undefined {
  try {
    const value = (JSON.parse(text) as Record<string, unknown> | null)?.[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The error for an id-token that has expired and couldn't be refreshed. */
export function refreshError({ user, issuer }: OidcLogin, reason: string, cause?: unknown): OperatorError {
  return new OperatorError(
    `the user "${user.name}" in the kubeconfig ${user.file} has no id-token that is still valid, and there is no new one from ${issuer}: ${reason}`,
    { hint: LOGIN, cause },
  );
}

/** The text of a kubeconfig with fresh tokens in place of the former; undefined if it doesn't hold a former one. */
export function withFreshTokens(text: string, former: OidcTokens, fresh: OidcTokens): string | undefined {
  const pairs = [
    [former.idToken, fresh.idToken],
    [former.refreshToken, fresh.refreshToken],
  ] as const;
  let updated = text;
  for (const [before, after] of pairs) {
    if (before === undefined || after === undefined || revealSecret(before) === revealSecret(after)) continue;
    if (!updated.includes(revealSecret(before))) return undefined;
    updated = updated.replaceAll(revealSecret(before), revealSecret(after));
  }
  return updated;
}
