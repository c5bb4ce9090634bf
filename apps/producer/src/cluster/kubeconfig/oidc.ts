import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileTrouble, messageOfError, type OperatorError, revealSecret } from '@kubefigurator/daemon';
import { readBodyText } from '../http/body.ts';
import { sendRequest } from '../http/http-request.ts';
import { proxyFor } from '../http/proxy.ts';
import { type CredentialOptions, type CredentialSource, NO_CREDENTIAL } from './credential.ts';
import type { AuthProvider } from './kubeconfig.ts';
import * as oidc from './oidc-token.ts';
import { requestOptions } from './request-options.ts';
import { createSharedRun } from './shared-run.ts';

/** Of an issuer's answer. */
const LIMITS = { limitBytes: 256 * 1024, idleMs: 10_000 };
/** An id-token that expires within this time is refreshed. */
const MARGIN_MS = 10_000;

/**
 * Gives the id-token of a user. If it expires within 10 s, it is refreshed before the request, and the new tokens are written
 * to the kubeconfig, as kubectl does.
 */
export function createOidc(options: CredentialOptions, provider: AuthProvider): CredentialSource {
  const { log } = options;
  const login = oidc.readOidc(options.access.user, provider);
  let tokens: oidc.OidcTokens = login;

  function isFresh(): boolean {
    const { idToken } = tokens;
    // Without an expiry that we can read, the token is sent as it is; the API server judges it.
    return idToken !== undefined && (oidc.idTokenExpiryOf(idToken) ?? Infinity) > Date.now() + MARGIN_MS;
  }

  const refresh = createSharedRun(async () => {
    const fresh = await fetchTokens(options, login, tokens);
    const reason = storeTokens(login.user.file, tokens, fresh);
    const fields = { user: login.user.name, file: login.user.file };
    if (reason === undefined) log.info(fields, 'oidc-token.refreshed');
    else log.warn({ ...fields, reason }, 'oidc-token.refreshed');
    tokens = { ...tokens, ...fresh };
  });

  return {
    current: async () => {
      if (!isFresh()) await refresh();
      return { ...NO_CREDENTIAL, token: tokens.idToken };
    },
  };
}

/** New tokens from the issuer; if it gives no refresh-token, the former stays. Throws OperatorError without an id-token. */
async function fetchTokens(
  options: CredentialOptions,
  login: oidc.OidcLogin,
  { refreshToken }: oidc.OidcTokens,
): Promise<oidc.OidcTokens> {
  const failed = (reason: string, cause?: unknown): OperatorError => oidc.refreshError(login, reason, cause);
  if (refreshToken === undefined) throw failed('there is no refresh-token');
  const discovery = await askIssuer(options, login, {
    url: `${login.issuer}/.well-known/openid-configuration`,
  });
  const endpoint = oidc.tokenEndpointOf(discovery.text);
  if (discovery.status !== 200 || endpoint === undefined)
    throw failed(`it answers ${discovery.status} without a token endpoint to OpenID discovery`);
  const answer = await requestTokens(options, login, {
    url: endpoint,
    refreshToken: revealSecret(refreshToken),
  });
  if (answer.status !== 200)
    throw failed(
      `its token endpoint answers ${[answer.status, oidc.errorCodeOf(answer.text)].filter(Boolean).join(' ')}`,
    );
  const fresh = oidc.tokensInAnswer(answer.text);
  if (fresh.idToken === undefined)
    throw failed('its answer has no id_token; the login needs the scope openid');
  return fresh.refreshToken === undefined ? { ...fresh, refreshToken } : fresh;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Issuers differ in where they want the client's secret: first the header is tried, then the form, as kubectl does. */
async function requestTokens(
  options: CredentialOptions,
  login: oidc.OidcLogin,
  { url, refreshToken }: { readonly url: string; readonly refreshToken: string },
): Promise<Answer> {
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
  const { clientId } = login;
  const secret = login.clientSecret === undefined ? '' : revealSecret(login.clientSecret);
  if (secret !== '') {
    const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`;
    const authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
    const answer = await askIssuer(options, login, { url, form, authorization });
    // After `invalid_grant` the form would fail, too: the refresh-token is refused, and not the way of the secret.
    if (answer.status === 200 || oidc.errorCodeOf(answer.text) === 'invalid_grant') return answer;
  }
  const identity = { client_id: clientId, ...(secret === '' ? {} : { client_secret: secret }) };
  return askIssuer(options, login, { url, form: { ...form, ...identity } });
}

interface Question {
  readonly url: string;
  /** Sent by POST; without it the request is a GET. */
  readonly form?: Readonly<Record<string, string>>;
  readonly authorization?: string;
}

/** Asks the issuer without any credential of the API server, and with the issuer's own authorities. */
async function askIssuer(
  { access, env, KubeConfig, signal }: CredentialOptions,
  login: oidc.OidcLogin,
  { url, form, authorization }: Question,
): Promise<Answer> {
  const proxy = proxyFor(url, { proxyUrl: undefined, env });
  const { caFile, caData, issuer } = login;
  const { user } = access;
  const { agent } = await requestOptions(KubeConfig, {
    access: {
      cluster: {
        ...access.cluster,
        name: issuer,
        file: user.file,
        server: url,
        caFile,
        caData,
        insecure: false,
        tlsServerName: undefined,
        proxyUrl: undefined,
      },
      user: {
        ...user,
        username: undefined,
        certFile: undefined,
        certData: undefined,
        keyFile: undefined,
        keyData: undefined,
      },
    },
    credential: NO_CREDENTIAL,
    proxy,
  });
  const body = form === undefined ? undefined : Buffer.from(new URLSearchParams(form).toString());
  try {
    const response = await sendRequest({
      url: new URL(url),
      options: {
        method: body === undefined ? 'GET' : 'POST',
        headers: headersOf(body, authorization),
        signal,
        ...(agent === undefined ? {} : { agent }),
      },
      body,
      proxy,
    });
    return { status: response.statusCode ?? 0, text: await readBodyText(response, LIMITS) };
  } catch (cause) {
    throw oidc.refreshError(login, messageOfError(cause), cause);
  }
}

function headersOf(body: Buffer | undefined, authorization: string | undefined): Record<string, string> {
  return {
    Accept: 'application/json',
    ...(authorization === undefined ? {} : { Authorization: authorization }),
    ...(body === undefined
      ? {}
      : { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': String(body.length) }),
  };
}

/**
 * Writes the new tokens to the kubeconfig, since an issuer may accept each refresh-token only once. Returns the reason if
 * they can't be written, else undefined.
 */
function storeTokens(file: string, former: oidc.OidcTokens, fresh: oidc.OidcTokens): string | undefined {
  try {
    const text = oidc.withFreshTokens(readFileSync(file, 'utf8'), former, fresh);
    if (text === undefined) return 'the kubeconfig has other tokens by now';
    const draft = join(dirname(file), `.${basename(file)}.kubefigurator`);
    writeFileSync(draft, text, { mode: statSync(file).mode & 0o777 });
    renameSync(draft, file);
    return undefined;
  } catch (error) {
    return `the kubeconfig can't be written: ${fileTrouble(error, 'write')}`;
  }
}
