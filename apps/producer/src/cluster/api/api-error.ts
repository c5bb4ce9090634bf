import type { IncomingMessage } from 'node:http';
import { readBodyText } from '../http/body.ts';
import { explainForeignAnswer } from './foreign-answer.ts';

const REFUSAL_LIMIT_BYTES = 64 * 1024;
const EVENTS = /^\/apis\/events\.k8s\.io\/v1\/namespaces\/([^/]+)\/events$/;
const NO_NAMESPACE = /\bnamespaces "[^"]*" not found/;
const BEING_TERMINATED = /because it is being terminated/;
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

/** The resource version or the continue token is older than what the server's etcd still has. */
export function isExpiredError(error: unknown): boolean {
  return error instanceof ApiError && error.status === 410;
}

/** Makes an ApiError of a response with another status than the one of success, and consumes the response. */
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

/** There is already an object of this name. */
export function isAlreadyExistsError(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409;
}

/** The namespace of the object to be created doesn't exist, or is being deleted. */
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

function statusMessage(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    return typeof message === 'string' ? message : '';
  } catch {
    return body.trim().split('\n', 1)[0]?.slice(0, 200) ?? '';
  }
}

function explain(status: number, url: URL, said: string): string {
  const { pathname, searchParams } = url;
  const detail = said === '' ? '' : ` (${said})`;
  if (status === 401) return `the API server doesn't know our credentials${detail}`;
  if (status !== 403) return said === '' ? pathname : said;
  const verb = searchParams.get('watch') === 'true' ? 'watch' : 'list';
  // Creation can be refused although the right is there: by a quota, or in a namespace that is being deleted.
  if (EVENTS.test(pathname) && said !== '' && !said.includes(' cannot create ')) return said;
  return missingRight(pathname, verb) + detail;
}

/** Which right is missing, and whether a Role or a ClusterRole has to grant it. */
function missingRight(pathname: string, verb: string): string {
  const [, home] = EVENTS.exec(pathname) ?? [];
  if (home !== undefined)
    return `we may not create events in namespace ${home}: grant create on events of the group events.k8s.io`;
  if (pathname === '/api/v1/namespaces/kube-system')
    return 'we may not get the namespace kube-system, which identifies the cluster: grant get on namespaces, for the name kube-system, by a ClusterRole';
  const [, namespace, resource = pathname] =
    /^\/api\/v1(?:\/namespaces\/([^/]+))?\/([^/]+)$/.exec(pathname) ?? [];
  const everywhere = WITHOUT_NAMESPACES.has(resource) ? '' : ' in all namespaces';
  const where = namespace === undefined ? `${everywhere} by a ClusterRole` : ` in namespace ${namespace}`;
  return `we may not ${verb} ${resource}: grant list and watch on ${resource}${where}`;
}
