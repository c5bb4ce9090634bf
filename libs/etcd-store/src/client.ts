import { Etcd3, type IOptions } from 'etcd3';
import { OperatorError, reveal } from '@kubefigurator/daemon';
import type { Credentials } from './credentials.ts';

type FaultHandling = NonNullable<IOptions['faultHandling']>;
type CallOptionsOf = Extract<NonNullable<IOptions['defaultCallOptions']>, (context: never) => unknown>;
type Interceptor = NonNullable<ReturnType<CallOptionsOf>['interceptors']>[number];

/** The token of a user with a password, shared by every client of a session. */
export interface TokenHolder {
  token: string | undefined;
}

export interface ClientOptions {
  readonly host: string;
  readonly credentials: Credentials;
  readonly holder: TokenHolder;
  /** How long one unary call may take, in milliseconds. */
  readonly deadlineMs: number;
}

const KEEPALIVE_TIME_MS = 10_000;
const KEEPALIVE_TIMEOUT_MS = 5_000;
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
const RECONNECT_MS = 100;

/**
 * etcd3's own policies retry without a pause and then block every call, the watch as well, for 5 s:
 * each call goes straight through, and what to do about a failure is decided by its caller.
 */
const straightThrough = {
  execute: async (call: (context: unknown) => unknown) => call({}),
} as unknown as FaultHandling['global'] & object;

/** A client for one host and one kind of use: a timed-out call resets the channel under all others of its client. */
export function createClient({ host, credentials, holder, deadlineMs }: ClientOptions): Etcd3 {
  const interceptors = [withToken(holder)];
  const tls = tlsOf(host, credentials);
  try {
    return new Etcd3({
      hosts: host,
      ...(tls === undefined ? {} : { credentials: tls }),
      grpcOptions: {
        'grpc.keepalive_time_ms': KEEPALIVE_TIME_MS,
        'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
        'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
        // A shared pool would keep the back-off of earlier failures, up to two minutes, for every new client.
        'grpc.use_local_subchannel_pool': 1,
        'grpc.initial_reconnect_backoff_ms': RECONNECT_MS,
        'grpc.max_reconnect_backoff_ms': 1_000,
      },
      faultHandling: { host: () => straightThrough, global: straightThrough },
      // A stream must not get the deadline: it is one absolute moment, after which the watch would be cut.
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
    // Without one, Node's own list of authorities is used; the type doesn't say so.
    rootCertificate: ca as Buffer,
    ...(key === undefined || certificate === undefined
      ? {}
      : { privateKey: Buffer.from(reveal(key), 'utf8'), certChain: certificate }),
  };
}

/**
 * Puts the token and `hasleader` on each call: with the latter a member without a leader says so in seconds.
 * A refused token is dropped before etcd3 sees the answer, since it would repeat the call for ever.
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
          if (refused && holder.token === token) holder.token = undefined;
          listener?.onReceiveStatus?.(status);
        },
      });
    };
    return call as ReturnType<Interceptor>;
  };
}
