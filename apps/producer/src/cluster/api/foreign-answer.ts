const CHECK_SERVER = 'correct `server` in the kubeconfig';

export interface Answer {
  readonly status: number;
  readonly headers: { readonly 'content-type'?: string | undefined; readonly location?: string | undefined };
  /** The body, or its beginning. */
  readonly body: string;
  readonly url: URL;
}

/**
 * Explains an answer that no API server gives, such as a login page or a redirect; undefined if it may be an API
 * server's.
 */
export function explainForeignAnswer({ status, headers, body, url }: Answer): string | undefined {
  const server = url.origin;
  if (status >= 300 && status < 400) {
    const target = targetOf(headers.location, url);
    const where = target === undefined ? '' : ` to ${target}`;
    return `${server} answers with a redirect${where}, as an API server never does: ${hintOf(target, url)}`;
  }
  // The beginning of HTML or XHTML, if the header doesn't say it.
  if (/\bhtml\b/.test(headers['content-type'] ?? '') || /^\s*<(?:!doctype|html|head|body|\?xml)/i.test(body))
    return `${server} answers with a web page instead of JSON: another server, a proxy or a login page is there; ${CHECK_SERVER}`;
  if (/HTTP request to an HTTPS server/.test(body))
    return `${server} speaks only TLS: give https:// as \`server\` in the kubeconfig`;
  return undefined;
}

/**
 * Where a redirect leads, undefined if it can't be read. The query is left out: it may hold a login's secrets, which
 * don't belong in a log.
 */
function targetOf(location: string | undefined, url: URL): string | undefined {
  if (location === undefined || !URL.canParse(location, url.href)) return undefined;
  const { origin, pathname } = new URL(location, url.href);
  return `${origin}${pathname}`;
}

function hintOf(target: string | undefined, url: URL): string {
  const leadsToHttps = url.protocol === 'http:' && target?.startsWith(`https://${url.hostname}`) === true;
  return leadsToHttps
    ? 'give https:// as `server` in the kubeconfig'
    : `it leads to a login page or to another server; ${CHECK_SERVER}`;
}

/**
 * Parses JSON; throws an Error for anything else, which explains the answer and quotes nothing of it: it may hold
 * secrets.
 */
export function parseApiJson(text: string, url: URL): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const foreign = explainForeignAnswer({ status: 200, headers: {}, body: text, url });
    throw new Error(
      foreign ?? `${url.origin} answers ${url.pathname} with something else than JSON: ${CHECK_SERVER}`,
    );
  }
}
