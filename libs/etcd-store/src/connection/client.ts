import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { Etcd3, type IOptions } from 'etcd3';
import { OperatorError, revealSecret } from '@kubefigurator/daemon';
import type { Credentials } from './credentials.ts';
import { type EtcdProxy, routeToEtcd } from './etcd-proxy.ts';

type FaultHandling = NonNullable<IOptions['faultHandling']>;
type CallOptionsOf = Extract<NonNullable<IOptions['defaultCallOptions']>, (context: never) => unknown>;
type Interceptor = NonNullable<ReturnType<CallOptionsOf>['interceptors']>[number];

/** The token of a user with a password; all clients of a session share it. */
export interface TokenHolder {
  token: string | undefined;
}

export interface ClientOptions {
  readonly host: string;
  readonly proxy: EtcdProxy | undefined;
  readonly credentials: Credentials;
  readonly holder: TokenHolder;
  /** How long one unary call may take, in milliseconds; streams have no limit. */
  readonly deadlineMs: number;
}

/**
 * How often gRPC pings over an idle connection. Calls have a deadline and watches a heartbeat of their own, so rare
 * pings are enough; a server may close the connection if pings come more often than every 5 minutes (gRPC's default,
 * which `etcd grpc-proxy` 3.4 has).
 */
const KEEPALIVE_TIME_MS = 360_000;
const KEEPALIVE_TIMEOUT_MS = 5_000;
/** gRPC's default is 4 MiB, which a range such as the statuses of all hosts can exceed. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
const RECONNECT_MS = 100;

/**
 * Replaces etcd3's retry policy, which retries three times without a pause and then blocks every call and the watch for 5 s
 * (etcd3 1.1.2). Each call is sent once, and its caller decides about a failure.
 */
const straightThrough = {
  execute: async (call: (context: unknown) => unknown) => call({}),
} as unknown as FaultHandling['global'] & object;

/** A client for one host and one use. Throws OperatorError if TLS can't use the credentials. */
export function createEtcdClient({ host, proxy, credentials, holder, deadlineMs }: ClientOptions): Etcd3 {
  const interceptors = [withToken(holder)];
  const tls = tlsOf(host, credentials);
  const { target, options } = routeToEtcd(host, proxy);
  // Otherwise grpc-js writes lines of its own to stderr if a proxy fails.
  setLogVerbosity(logVerbosity.NONE);
  try {
    return new Etcd3({
      hosts: target,
      ...(tls === undefined ? {} : { credentials: tls }),
      grpcOptions: {
        'grpc.keepalive_time_ms': KEEPALIVE_TIME_MS,
        'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
        'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
        // With the global pool a new client would inherit the reconnect back-off of the one before, up to two minutes.
        'grpc.use_local_subchannel_pool': 1,
        'grpc.initial_reconnect_backoff_ms': RECONNECT_MS,
        'grpc.max_reconnect_backoff_ms': 1_000,
        ...options,
      },
      faultHandling: { host: () => straightThrough, global: straightThrough },
      // A stream gets no deadline: a deadline is an absolute time, at which gRPC would end the watch.
      defaultCallOptions: ({ isStream }) =>
        isStream ? { interceptors } : { interceptors, deadline: Date.now() + deadlineMs },
    });
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new OperatorError(`etcd's certificate files can't be used: ${reason}`, {
      code: 'credentials',
      cause,
    });
  }
}

function tlsOf(host: string, credentials: Credentials): NonNullable<IOptions['credentials']> | undefined {
  if (!host.startsWith('https:')) return undefined;
  const { ca, certificate, key } = credentials;
  return {
    // If `ca` is undefined, Node uses its own list of authorities; etcd3's type doesn't allow undefined.
    rootCertificate: ca as Buffer,
    ...(key === undefined || certificate === undefined
      ? {}
      : { privateKey: Buffer.from(revealSecret(key), 'utf8'), certChain: certificate }),
  };
}

/**
 * Adds the token and `hasleader` to each call. A member without a leader would never answer the call; with `hasleader` it
 * refuses the call within 4 s.
 * etcd3 repeats a call whose token was refused. The token is forgotten before etcd3 sees the refusal: the repeated call
 * has no token and fails with another error, after which etcd3 gives up.
 */
function withToken(holder: TokenHolder): Interceptor {
  return (options, nextCall) => {
    const call = nextCall(options);
    const start = call.start.bind(call);
    call.start = (metadata, listener) => {
      const { token } = holder;
      metadata.set('hasleader', 'true');
      if (token !== undefined) metadata.set('token', token);
      start(metadata, {
        ...listener,
        onReceiveStatus: (status) => {
          const refused = /invalid auth token|revision of auth store is old/.test(status.details);
          // Another call may have logged in again meanwhile; its token stays.
          if (refused && holder.token === token) holder.token = undefined;
          listener?.onReceiveStatus?.(status);
        },
      });
    };
    return call as ReturnType<Interceptor>;
  };
}
