const CHECK_SERVER = 'correct `server` in the kubeconfig';

export interface Answer {
  readonly status: number;
  readonly headers: { readonly 'content-type'?: string | undefined; readonly location?: string | undefined };
  /** Its beginning is enough. */
  readonly body: string;
  readonly url: URL;
}

/** What to say of an answer that no API server gives, such as a login page or a redirect; undefined if it may be one. */
export function explainForeignAnswer({ status, headers, body, url }: Answer): string | undefined {
  const server = url.origin;
  if (status >= 300 && status < 400) {
    const target = targetOf(headers.location, url);
    return `${server} answers with a redirect${target}, as an API server never does: ${hintOf(target, url)}`;
  }
  if (/\bhtml\b/.test(headers['content-type'] ?? '') || /^\s*<(?:!doctype|html|head|body|\?xml)/i.test(body))
    return `${server} answers with a web page instead of JSON: another server, a proxy or a login page is there; ${CHECK_SERVER}`;
  if (/HTTP request to an HTTPS server/.test(body))
    return `${server} speaks only TLS: give https:// as \`server\` in the kubeconfig`;
  return undefined;
}

/** Without its query, which may hold what only a browser should see. */
function targetOf(location: string | undefined, url: URL): string {
  if (location === undefined || !URL.canParse(location, url.href)) return '';
  const { origin, pathname } = new URL(location, url.href);
  return ` to ${origin}${pathname}`;
}

function hintOf(target: string, url: URL): string {
  const isUpgrade = url.protocol === 'http:' && target.startsWith(` to https://${url.hostname}`);
  return isUpgrade
    ? 'give https:// as `server` in the kubeconfig'
    : `it leads to a login page or to another server; ${CHECK_SERVER}`;
}

/** Parses JSON; throws with a sentence for anything else, which quotes nothing of it. */
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
