import { messageOfError, OperatorError } from '@kubefigurator/daemon';

/** What the message of a failure names. */
export interface FailureContext {
  readonly hosts: readonly string[];
  readonly key: string;
  readonly user: string | undefined;
  /** The verb of what failed, such as `read` or `publish`. */
  readonly action: string;
  /** The URL of the proxy on the way, without user and password. */
  readonly proxy?: string | undefined;
}

interface Explanation {
  readonly pattern: RegExp;
  readonly code: FailureCode;
  readonly reason: string;
  readonly hint: string;
}

export type FailureCode =
  | 'unreachable'
  | 'timeout'
  | 'no-leader'
  | 'denied'
  | 'login'
  | 'certificate'
  | 'no-space'
  | 'too-large'
  | 'compacted'
  | 'other';

const CHECK_HOST = 'check that etcd runs and that --etcd-host is right';
const CHECK_CA = "give the authority of etcd's certificate with --etcd-ca-file";

/** The messages of etcd, gRPC and OpenSSL; the first row that matches counts. */
const EXPLANATIONS: readonly Explanation[] = [
  explanation(
    /permission denied|PermissionDenied/,
    'denied',
    'permission denied',
    'grant the user a role for this key',
  ),
  explanation(
    /authentication failed|invalid user ID or password/,
    'login',
    'wrong user or password',
    'check --etcd-user and --etcd-password-file',
  ),
  explanation(
    /user name is empty|invalid auth token|auth store is old/,
    'login',
    'etcd wants to know who we are',
    'give --etcd-user and --etcd-password-file, or a client certificate',
  ),
  explanation(
    /database space exceeded/,
    'no-space',
    "etcd's quota is full (NOSPACE)",
    'compact and defragment etcd, then disarm the alarm; see --auto-compaction-retention',
  ),
  explanation(
    /request is too large|larger than max|RESOURCE_EXHAUSTED/,
    'too-large',
    'the value is too large for etcd',
    "raise etcd's --max-request-bytes or publish less",
  ),
  explanation(
    /no leader/,
    'no-leader',
    'the etcd cluster has no leader',
    'bring back a majority of its members',
  ),
  explanation(
    /etcdserver: request timed out/,
    'no-leader',
    "the etcd cluster can't agree",
    'bring back a majority of its members',
  ),
  explanation(
    /required revision has been compacted/,
    'compacted',
    'older revisions are compacted away',
    'nothing to do, the key is read again',
  ),
  explanation(
    /altnames|Hostname\/IP does not match/,
    'certificate',
    "etcd's certificate is for another name",
    'give the name or address in its certificate with --etcd-host',
  ),
  explanation(
    /certificate has expired|CERT_HAS_EXPIRED/,
    'certificate',
    'a certificate has expired',
    'renew it',
  ),
  explanation(
    /self.signed certificate|unable to (verify|get)|UNABLE_TO/,
    'certificate',
    "etcd's certificate isn't from an authority we trust",
    CHECK_CA,
  ),
  explanation(
    /alert|bad certificate|certificate required/,
    'certificate',
    'etcd refuses our certificate',
    'check --etcd-client-cert-file and --etcd-client-key-file',
  ),
  explanation(
    /wrong version number|packet length too long|EPROTO/,
    'certificate',
    "etcd doesn't speak TLS there",
    'give an http address with --etcd-host',
  ),
  explanation(/ECONNREFUSED/, 'unreachable', 'connection refused', CHECK_HOST),
  explanation(
    /ENOTFOUND|EAI_AGAIN|Name resolution failed/,
    'unreachable',
    'the host name is not known',
    CHECK_HOST,
  ),
  explanation(/EHOSTUNREACH|ENETUNREACH/, 'unreachable', 'no route to the host', CHECK_HOST),
  explanation(/DEADLINE_EXCEEDED|Deadline exceeded|ETIMEDOUT/i, 'timeout', 'no answer in time', CHECK_HOST),
  explanation(
    /UNAVAILABLE|ECONNRESET|EPIPE|Connection dropped|socket hang up|CANCELLED|Stream removed/,
    'unreachable',
    'the connection ended, or nothing came over it any more',
    'check that etcd runs, and that --etcd-host says http or https as etcd does',
  ),
];

function explanation(pattern: RegExp, code: FailureCode, reason: string, hint: string): Explanation {
  return { pattern, code, reason, hint };
}

/** An error that names the hosts, the key and the user, with a hint what to do; the library's error is its cause. */
export function explainEtcdError(thrown: unknown, context: FailureContext): OperatorError {
  if (thrown instanceof OperatorError) return thrown;
  const words = messageOfError(thrown);
  const known = behindProxy(
    EXPLANATIONS.find(({ pattern }) => pattern.test(words)),
    context.proxy,
  );
  const where = `etcd at ${context.hosts.join(', ')}`;
  const message = `can't ${context.action} "${context.key}" in ${where}: ${reasonOf(known, words, context)}`;
  return new OperatorError(message, { code: known?.code ?? 'other', hint: known?.hint, cause: thrown });
}

/** Names the proxy, too, if a connection can't be made: gRPC doesn't say whether the proxy or etcd is to blame. */
function behindProxy(known: Explanation | undefined, proxy: string | undefined): Explanation | undefined {
  if (known === undefined || proxy === undefined) return known;
  if (known.code !== 'unreachable' && known.code !== 'timeout') return known;
  const reason = `no connection through the proxy ${proxy} (${known.reason})`;
  return { ...known, reason, hint: 'check that the proxy of --etcd-proxy runs and reaches etcd' };
}

function reasonOf(known: Explanation | undefined, words: string, { user, key }: FailureContext): string {
  if (known === undefined) return words;
  if (known.code === 'denied')
    return `permission denied${user === undefined ? '' : ` for user ${user}`} on key "${key}"`;
  if (known.code === 'login' && user !== undefined) return `${known.reason} (user ${user})`;
  return known.reason;
}

/** True if etcd may have carried out the request although its answer didn't arrive. */
export function mayHaveBeenCarriedOut(error: OperatorError): boolean {
  return (
    error.code === 'unreachable' ||
    error.code === 'timeout' ||
    error.code === 'no-leader' ||
    error.code === 'other'
  );
}

/** True for a failure that may concern one host only, so that another host may answer the same request. */
export function mayBeFaultOfOneHost(error: OperatorError): boolean {
  return (
    error.code === 'unreachable' ||
    error.code === 'timeout' ||
    error.code === 'no-leader' ||
    error.code === 'certificate'
  );
}
