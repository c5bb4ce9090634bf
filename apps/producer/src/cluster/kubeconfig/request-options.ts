import type { RequestOptions } from 'node:https';
import { OperatorError, revealSecret } from '@kubefigurator/daemon';
import type { Access } from './choose-access.ts';
import type { KubeConfigClass } from './client-node.ts';
import type { Credential } from './credential.ts';
import { readTlsMaterial } from './pem.ts';
import type { Proxy } from '../http/proxy.ts';

export interface RequestParts {
  readonly access: Access;
  readonly credential: Credential;
  readonly proxy: Proxy | undefined;
}

/**
 * The headers, the TLS options and the agent of a request. client-node puts them together, since it has the agents for
 * all kinds of proxies; it reads no file and runs no plugin, as it gets the content. Files of certificates are read for
 * each request, since they are rotated.
 */
export async function requestOptions(
  KubeConfig: KubeConfigClass,
  { access, credential, proxy }: RequestParts,
): Promise<RequestOptions> {
  const { cluster, user } = access;
  const tls = readTlsMaterial(access);
  const isPlainHttp = cluster.server.startsWith('http:');
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    {
      name: cluster.name,
      server: cluster.server,
      // client-node 1.4 refuses plain HTTP unless verification is off; plain HTTP has no certificate to verify.
      skipTLSVerify: cluster.insecure || isPlainHttp,
      ...(tls.ca === undefined ? {} : { caData: base64(tls.ca) }),
      ...(cluster.tlsServerName === undefined ? {} : { tlsServerName: cluster.tlsServerName }),
      ...(proxy === undefined ? {} : { proxyUrl: proxy.url }),
    },
    {
      name: user.name,
      ...(user.username === undefined
        ? {}
        : {
            username: user.username,
            password: user.password === undefined ? '' : revealSecret(user.password),
          }),
      ...certificateOf(tls, credential),
      ...(credential.token === undefined ? {} : { token: revealSecret(credential.token) }),
    },
  );
  const request: RequestOptions = { headers: impersonationHeaders(access) };
  try {
    await config.applyToHTTPSOptions(request);
  } catch (cause) {
    if (proxy === undefined) throw cause;
    throw new OperatorError(`the proxy ${proxy.label} can't be used`, { hint: proxy.setting, cause });
  }
  return request;
}

/** The client's certificate and key, from the credential before the kubeconfig; empty unless both are known. */
function certificateOf(
  tls: { readonly certificate: string | undefined; readonly key: string | undefined },
  { certificate, key }: Credential,
): { readonly certData?: string; readonly keyData?: string } {
  const cert = certificate ?? tls.certificate;
  const itsKey = key === undefined ? tls.key : revealSecret(key);
  return cert === undefined || itsKey === undefined
    ? {}
    : { certData: base64(cert), keyData: base64(itsKey) };
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

function impersonationHeaders({ user }: Access): Record<string, string | string[]> {
  const { user: name, uid, groups, extra } = user.impersonate;
  return {
    ...(name === undefined ? {} : { 'Impersonate-User': name }),
    ...(uid === undefined ? {} : { 'Impersonate-Uid': uid }),
    ...(groups.length === 0 ? {} : { 'Impersonate-Group': [...groups] }),
    ...Object.fromEntries(
      Object.entries(extra).map(([key, values]) => [
        `Impersonate-Extra-${encodeURIComponent(key)}`,
        [...values],
      ]),
    ),
  };
}
