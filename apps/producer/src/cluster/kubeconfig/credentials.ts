import { readFileSync } from 'node:fs';
import { fileTrouble, OperatorError, revealSecret, secret, type Secret } from '@kubefigurator/daemon';
import type { Access } from './choose-access.ts';
import { type CredentialOptions, type CredentialSource, NO_CREDENTIAL } from './credential.ts';
import type { ExecCredential } from './exec-credential.ts';
import { runPlugin } from './exec-plugin.ts';
import type { ExecSpec } from './kubeconfig.ts';
import { createOidc } from './oidc.ts';
import { readTlsMaterial } from './pem.ts';
import { createSharedRun } from './shared-run.ts';

/**
 * The source of credentials for the user of a kubeconfig: the first that the user has of token file, token, user name,
 * plugin and auth-provider. A token comes before a plugin, as in kubectl.
 */
export function openCredentials(options: CredentialOptions): CredentialSource {
  const { user } = options.access;
  if (user.tokenFile !== undefined) return tokenFileSource(options.access, user.tokenFile);
  const { token } = user;
  if (token !== undefined) {
    const credential = {
      ...NO_CREDENTIAL,
      token: usableToken(token, `the token of user "${user.name}" in ${user.file}`),
    };
    return { current: () => Promise.resolve(credential) };
  }
  if (user.username !== undefined) return NONE;
  if (user.exec !== undefined) return pluginSource(options, user.exec);
  if (user.authProvider !== undefined) return createOidc(options, user.authProvider);
  return NONE;
}

/** Adds nothing: `requestOptions` itself takes a user's name and password, and certificate, from the kubeconfig. */
const NONE: CredentialSource = { current: () => Promise.resolve(NO_CREDENTIAL) };

/** Reads the file for each request, so that a new token is used at once; while it can't be read, the last one is used. */
function tokenFileSource({ user }: Access, file: string): CredentialSource {
  let last = user.token;
  const place = `the token file ${file} of user "${user.name}" in the kubeconfig ${user.file}`;
  const read = (): Secret => {
    try {
      return usableToken(secret(readFileSync(file, 'utf8')), place);
    } catch (cause) {
      if (last !== undefined) return last;
      if (cause instanceof OperatorError) throw cause;
      throw new OperatorError(`can't read ${place}: ${fileTrouble(cause, 'read')}`, {
        hint: 'put the token there, or correct the kubeconfig',
        cause,
      });
    }
  };
  return {
    current: async () => {
      last = read();
      return { ...NO_CREDENTIAL, token: last };
    },
  };
}

/** A token without the spaces around it; throws OperatorError if it can't be the value of a header. */
export function usableToken(token: Secret, place: string): Secret {
  const text = revealSecret(token).trim();
  if (text === '') throw new OperatorError(`${place} is empty`, { hint: 'put a token there' });
  if (/^[\x21-\x7e]+$/.test(text)) return secret(text);
  throw new OperatorError(`${place} is not one word of ASCII characters`, {
    hint: 'put nothing but the token there',
  });
}

/** Runs the plugin for the first request, and again once its credential has expired. */
function pluginSource(options: CredentialOptions, exec: ExecSpec): CredentialSource {
  const { access, env, log, signal, pluginTiming: timing } = options;
  let known: ExecCredential | undefined;
  const renew = createSharedRun(async () => {
    const { ca } = readTlsMaterial(access);
    const credential = await runPlugin({
      access,
      exec,
      ca,
      env,
      log,
      signal,
      ...(timing === undefined ? {} : { timing }),
    });
    const place = `the token of the credential plugin ${exec.command}`;
    const { token } = credential;
    known = { ...credential, token: token === undefined ? undefined : usableToken(token, place) };
    return known;
  });

  return {
    current: async () => (known !== undefined && known.expiresAt > Date.now() ? known : renew()),
  };
}
