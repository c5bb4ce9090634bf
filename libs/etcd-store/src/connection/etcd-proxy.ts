import {
  addressWithoutUserInfo,
  revealSecret,
  secret,
  type Parsed,
  type Secret,
} from '@kubefigurator/daemon';

/** An HTTP proxy on the way to etcd. */
export interface EtcdProxy {
  /** `host:port` */
  readonly address: string;
  /** `user:password`, if the proxy asks for them. */
  readonly credentials: Secret | undefined;
  /** The URL without user and password. */
  readonly toString: () => string;
}

/** Reads the URL of a proxy, only with http: gRPC speaks to proxies over plain HTTP only (grpc-js 1.14). */
export function parseEtcdProxy(text: string): Parsed<EtcdProxy> {
  const address = /^[a-z0-9]+:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || url.protocol !== 'http:' || url.pathname !== '/' || url.search !== '') {
    return {
      reason: `"${addressWithoutUserInfo(text)}" is not an HTTP proxy; give a URL such as http://proxy:3128`,
    };
  }
  const { hostname, username, password } = url;
  const hostPort = `${hostname}:${url.port || '80'}`;
  const pair = decoded(`${username}:${password}`);
  if (pair === undefined)
    return { reason: 'the user or password of the proxy has a "%" that begins no code: write it as %25' };
  return {
    value: {
      address: hostPort,
      credentials: pair === ':' ? undefined : secret(pair),
      toString: () => `http://${hostPort}`,
    },
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** What gRPC connects to, and its options for that. */
export interface Way {
  /** The address as a URL; its scheme says whether etcd speaks TLS. */
  readonly target: string;
  readonly options: Readonly<Record<string, string | number>>;
}

/**
 * The way to etcd: direct, or through the proxy that was given. grpc-js takes a proxy from `grpc_proxy`, `https_proxy` or
 * `http_proxy` unless it is told not to; those are for the way out of a network, and etcd is inside.
 */
export function routeToEtcd(host: string, proxy: EtcdProxy | undefined): Way {
  const direct = { 'grpc.enable_http_proxy': 0 };
  if (proxy === undefined) return { target: host, options: direct };
  const [, scheme = '', hostPort = ''] = /^([a-z]+:\/\/)(.*)$/.exec(host) ?? [];
  return {
    target: `${scheme}${proxy.address}`,
    options: {
      ...direct,
      // The options that grpc-js itself sets for a proxy of the environment; it also takes the name for TLS from them.
      'grpc.http_connect_target': `dns:${hostPort}`,
      'grpc.default_authority': hostPort,
      ...(proxy.credentials === undefined
        ? {}
        : { 'grpc.http_connect_creds': revealSecret(proxy.credentials) }),
    },
  };
}
