import type { IncomingMessage } from 'node:http';
import { readBodyText } from '../http/body.ts';
import { explainForeignAnswer } from './foreign-answer.ts';

const REFUSAL_LIMIT_BYTES = 64 * 1024;
/** The path to which Events of a namespace are posted. */
const EVENTS = /^\/apis\/events\.k8s\.io\/v1\/namespaces\/([^/]+)\/events$/;
/** Parts of the API server's messages to a POST whose namespace is missing, or is being deleted. */
const NO_NAMESPACE = /\bnamespaces "[^"]*" not found/;
const BEING_TERMINATED = /because it is being terminated/;
/** Resources that are in no namespace. */
const WITHOUT_NAMESPACES = new Set(['nodes', 'namespaces']);
const LONGEST_RETRY_AFTER_MS = 60_000;

/** The API server, or a proxy before it, refused a request, or ended a watch with an ERROR event. */
export class ApiError extends Error {
  /** The HTTP status, also if it came inside a watch stream. */
  readonly status: number;
  /** How long the server asks us to wait, in milliseconds; at most a minute. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, message: string, retryAfterMs?: number) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * True if the resource version or the continue token of the request is too old: the server's etcd has been compacted
 * since.
 */
export function isExpiredError(error: unknown): boolean {
  return error instanceof ApiError && error.status === 410;
}

/** Makes an ApiError of a response to `url` that isn't a success, and reads the response to its end. */
export async function readApiError(response: IncomingMessage, url: URL): Promise<ApiError> {
  const status = response.statusCode ?? 0;
  const seconds = Number(response.headers['retry-after']);
  const retryAfterMs = seconds > 0 ? Math.min(seconds * 1000, LONGEST_RETRY_AFTER_MS) : undefined;
  const body = await readBodyText(response, { limitBytes: REFUSAL_LIMIT_BYTES, idleMs: 5_000 }).catch(
    () => '',
  );
  const foreign = explainForeignAnswer({ status, headers: response.headers, body, url });
  return new ApiError(
    status,
    `${status} ${foreign ?? explain(status, url, statusMessage(body))}`,
    retryAfterMs,
  );
}

/** True if there is already an object of this name. */
export function isAlreadyExistsError(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409;
}

/** True if the namespace of the object to be created doesn't exist, or is being deleted. */
export function isNamespaceGoneError(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.status === 404
    ? NO_NAMESPACE.test(error.message)
    : error.status === 403 && BEING_TERMINATED.test(error.message);
}

/** The ApiError in a Status object, such as the object of a watch's ERROR event. */
export function apiErrorOfStatus(status: unknown): ApiError {
  const { code, message, reason } = (status ?? {}) as { code?: unknown; message?: unknown; reason?: unknown };
  const number = typeof code === 'number' ? code : 500;
  return new ApiError(number, `${number} ${String(message ?? reason ?? 'unknown error')}`);
}

/** The message of a Status object; of another body its first line. */
function statusMessage(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    return typeof message === 'string' ? message : '';
  } catch {
    return body.trim().split('\n', 1)[0]?.slice(0, 200) ?? '';
  }
}

/** `message` is the server's own, empty if there is none. */
function explain(status: number, url: URL, message: string): string {
  const { pathname, searchParams } = url;
  const detail = message === '' ? '' : ` (${message})`;
  if (status === 401) return `the API server doesn't know our credentials${detail}`;
  if (status !== 403) return message === '' ? pathname : message;
  const verb = searchParams.get('watch') === 'true' ? 'watch' : 'list';
  // An Event may be refused although we have the right: by a quota, or since its namespace is being deleted.
  const isRightMissing = message === '' || message.includes(' cannot create ');
  if (EVENTS.test(pathname) && !isRightMissing) return message;
  return missingRight(pathname, verb) + detail;
}

/** Which right is missing, and whether a Role or a ClusterRole has to grant it. */
function missingRight(pathname: string, verb: string): string {
  const [, eventNamespace] = EVENTS.exec(pathname) ?? [];
  if (eventNamespace !== undefined)
    return `we may not create events in namespace ${eventNamespace}: grant create on events of the group events.k8s.io`;
  if (pathname === '/api/v1/namespaces/kube-system')
    return 'we may not get the namespace kube-system, which identifies the cluster: grant get on namespaces, for the name kube-system, by a ClusterRole';
  // `/api/v1/services` or `/api/v1/namespaces/shop/services`; of any other path the whole path is named.
  const [, namespace, resource = pathname] =
    /^\/api\/v1(?:\/namespaces\/([^/]+))?\/([^/]+)$/.exec(pathname) ?? [];
  const everywhere = WITHOUT_NAMESPACES.has(resource) ? '' : ' in all namespaces';
  const where = namespace === undefined ? `${everywhere} by a ClusterRole` : ` in namespace ${namespace}`;
  return `we may not ${verb} ${resource}: grant list and watch on ${resource}${where}`;
}
