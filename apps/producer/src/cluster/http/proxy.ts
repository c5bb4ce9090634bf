import { BlockList, isIP } from 'node:net';
import { addressWithoutUserInfo } from '@kubefigurator/daemon';

type Environment = Readonly<Record<string, string | undefined>>;

/** A proxy on the way to a server. */
export interface Proxy {
  /** With the user and password of the proxy, if it has them. */
  readonly url: string;
  /** For messages: without user and password, and with the place that names it. */
  readonly label: string;
  /** What to change if the proxy is wrong. */
  readonly setting: string;
}

/**
 * The proxy for a server, undefined for none: the kubeconfig's `proxy-url`, else the one of the environment, by the rules
 * of Go, and thus of kubectl. `HTTPS_PROXY` or `https_proxy` is for https, `HTTP_PROXY` or `http_proxy` for http; upper
 * case comes first. No proxy of the environment is used for a server that `NO_PROXY` or `no_proxy` names, for localhost
 * and for loopback addresses. `proxy-url` has no such exceptions.
 */
export function proxyFor(
  server: string,
  { proxyUrl, env }: { readonly proxyUrl: string | undefined; readonly env: Environment },
): Proxy | undefined {
  if (proxyUrl !== undefined) return proxy(proxyUrl, 'proxy-url in the kubeconfig');
  const url = new URL(server);
  const [value, name] = firstOf(env, url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY');
  const [noProxy] = firstOf(env, 'NO_PROXY');
  if (value === '' || isProxyBypassed(url, noProxy)) return undefined;
  return proxy(value, `$${name}`, `correct $${name}, or name ${url.hostname} in $NO_PROXY`);
}

/** `text` is a URL, or a host with or without a port, which stands for http. */
function proxy(text: string, place: string, setting = `correct ${place}`): Proxy {
  const url = /^[a-z0-9+.-]+:\/\//i.test(text) ? text : `http://${text}`;
  return { url, label: `${addressWithoutUserInfo(url).replace(/\/+$/, '')} (${place})`, setting };
}

/** The value and name of the variable in upper case, else in lower case; an empty value if neither is set. */
function firstOf(env: Environment, name: string): readonly [value: string, name: string] {
  const setName = [name, name.toLowerCase()].find((variable) => (env[variable] ?? '') !== '');
  return setName === undefined ? ['', name] : [env[setName] ?? '', setName];
}

/**
 * True if a server is reached without a proxy: it is localhost or a loopback address, or `noProxy` names it, a list with
 * commas of hosts, domains, addresses and networks, or `*` for all. All but networks may have a port.
 */
export function isProxyBypassed(url: URL, noProxy: string): boolean {
  const host = url.hostname.toLowerCase().replace(/^\[|\]$/g, '');
  if (host === 'localhost' || isLoopback(host)) return true;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return noProxy
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== '' && (entry === '*' || matches(entry, host, port)));
}

function isLoopback(host: string): boolean {
  return isIP(host) !== 0 && (host === '::1' || inNetwork(host, '127.0.0.0', 8));
}

/** An entry is `10.0.0.0/8`, `10.0.0.1`, `[::1]:443`, `example.com` with its subdomains, `.example.com` or `*.example.com`. */
function matches(entry: string, host: string, port: string): boolean {
  const [, network = '', prefixLength] = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(entry) ?? [];
  if (prefixLength !== undefined) return isIP(host) !== 0 && inNetwork(host, network, Number(prefixLength));
  const { name, itsPort } = splitPort(entry);
  if (name === '' || (itsPort !== undefined && itsPort !== port)) return false;
  return host === name || (isIP(name) === 0 && isBelow(host, name));
}

function isBelow(host: string, domain: string): boolean {
  return host.endsWith(domain.startsWith('.') ? domain : `.${domain}`);
}

/** The name of an entry, without its port and brackets; `*.` at its beginning becomes `.`. */
function splitPort(entry: string): { readonly name: string; readonly itsPort: string | undefined } {
  if (isIP(entry) !== 0) return { name: entry, itsPort: undefined };
  const [, name = '', itsPort] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  return { name: name.replace(/^\[|\]$/g, '').replace(/^\*\./, '.'), itsPort };
}

/** False if `network` is no address, or the prefix is too long for it. */
function inNetwork(host: string, network: string, prefixLength: number): boolean {
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(network) === 0 || prefixLength > (family === 'ipv6' ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(network, prefixLength, family);
  return list.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');
}
