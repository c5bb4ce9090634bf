import { formatAddressPort, formatSource, parseIp, sourceKey } from '@kubefigurator/config-model';
import {
  type Backend,
  displayHost,
  type Frontend,
  grantOfName,
  type HostPattern,
  type Intent,
  ownersOf,
} from '@kubefigurator/translator';
import type { RequestBind, RequestExplanation, RequestTarget, Verdict } from './explanation.ts';
import { type Facts, explainPublished } from './facts.ts';
import { isHostNameHeld } from './held.ts';
import { areAllHostsLive, hostStates, verdictOfHosts } from './hosts.ts';
import { comparePublished } from './lines.ts';
import { nearNames } from './near.ts';
import type { Request } from './parse-request.ts';

/** Where HAProxy sends a request, by the text that a compilation gives now. */
export function explainRequest(facts: Facts, request: Request): RequestExplanation {
  const { url, host, port, tls } = request;
  const { frontends } = facts.compilation.parts.model;
  const binds = frontends
    .filter(({ bind }) => bind.port === port && isReached(bind.address, request, frontends))
    .map((frontend) => explainBind(facts, frontend, request));
  const verdict = verdictOfHosts(binds.map(verdictOfBind));
  const hints = verdict === 'everywhere' ? [] : hintsFor(facts, request, binds);
  return { kind: 'request', url, host, port, tls, verdict, binds, hints, etcd: explainPublished(facts) };
}

/** True if the client may reach the bind. At an address, it reaches the bind on this address, else that on all of them. */
function isReached(address: string, request: Request, frontends: readonly Frontend[]): boolean {
  if (request.address === undefined) return true;
  const { text, family } = request.address;
  const isNamed = frontends.some(({ bind }) => bind.port === request.port && bind.address === text);
  return isNamed ? address === text : address === (family === 'IPv4' ? '*' : '::');
}

function explainBind(facts: Facts, frontend: Frontend, request: Request): RequestBind {
  const { bind, mode } = frontend;
  const explained = {
    bind: formatAddressPort(bind.address, bind.port),
    mode,
    tls: bind.tls !== undefined,
    certificates: bind.tls?.certificates ?? [],
  };
  const mismatch = mismatchOf(frontend, request);
  if (mismatch !== undefined) return { ...explained, answer: mismatch };
  const route = findRoute(frontend, request.host);
  const backend = facts.compilation.parts.model.backends.find(({ name }) => name === route?.backend);
  if (route === undefined || backend === undefined) return { ...explained, answer: NO_RULE };
  const answer = backend.servers.length === 0 ? { answer: NO_SERVER } : {};
  const held = isHostNameHeld(facts, backend.source, { bind: explained.bind, host: route.name });
  return { ...explained, target: { ...targetOf(facts, route, backend), held }, ...answer };
}

const NO_RULE = 'no rule of the bind matches this host: HAProxy answers 503 Service Unavailable';
const NO_SERVER = 'the backend has no server: HAProxy answers 503 Service Unavailable';

/** What HAProxy answers if one side speaks TLS and the other doesn't; a plain tcp bind passes on whatever comes. */
function mismatchOf({ bind, mode }: Frontend, { tls }: Request): string | undefined {
  if (tls === (bind.tls !== undefined)) return undefined;
  if (bind.tls !== undefined)
    return 'the bind has TLS, and the request is plain http: HAProxy closes the connection';
  if (mode === 'tcp') return undefined;
  return 'the bind is plain http, and the request begins with TLS: HAProxy answers 400 Bad Request in plain text, which the client reports as a TLS error';
}

interface Matched extends Pick<RequestTarget, 'match' | 'pattern' | 'backend'> {
  /** The name as the text has it; `*` if the rule names none. */
  readonly name: string;
}

/** HAProxy tries the rules in the order of the text, and then takes the default. */
function findRoute({ mode, routes, defaultBackend }: Frontend, host: string): Matched | undefined {
  for (const { match, hosts, backend } of routes) {
    const name = hosts.find((each) => matches({ match, name: each }, host));
    if (name !== undefined) return { match, pattern: displayHost(name), name, backend };
  }
  if (defaultBackend === undefined) return undefined;
  return { match: mode === 'tcp' ? 'tcp' : 'default', name: '*', backend: defaultBackend.backend };
}

/** The name of a wildcard is its suffix with the leading dot. */
function matches({ match, name }: HostPattern, host: string): boolean {
  return match === 'exact' ? host === name : host.endsWith(name);
}

function targetOf(
  facts: Facts,
  { match, pattern }: Matched,
  { source, name, servers }: Backend,
): Omit<RequestTarget, 'held'> {
  const published = comparePublished(facts.wanted, facts.current, source);
  const isThere = published === 'published' || published === 'differs';
  const hosts = isThere ? hostStates(facts, { source, backend: name }) : [];
  const rule = { match, ...(pattern === undefined ? {} : { pattern }) };
  return { ...rule, source, backend: name, servers, published, hosts };
}

function verdictOfBind({ target, answer }: RequestBind): Verdict {
  if (target === undefined || answer !== undefined) return 'nowhere';
  const { hosts, published } = target;
  if (!hosts.some(({ state }) => state === 'live')) return 'nowhere';
  return published === 'published' && areAllHostsLive(hosts) ? 'everywhere' : 'in-part';
}

const MOST_HINTS = 5;

function hintsFor(facts: Facts, request: Request, binds: readonly RequestBind[]): string[] {
  if (binds.some(({ target }) => target !== undefined)) return [];
  const found = [
    ...ownedByPolicy(facts, request),
    ...servedElsewhere(facts, request),
    ...askedInVain(facts, request),
  ];
  return [...found, ...(found.length === 0 ? similar(facts, request) : [])].slice(0, MOST_HINTS);
}

function servedElsewhere({ compilation }: Facts, { host, port, tls }: Request): string[] {
  return compilation.parts.model.frontends.flatMap(({ bind, routes }) => {
    const route = routes.find(({ match, hosts }) => hosts.some((name) => matches({ match, name }, host)));
    // Such a bind is among those that the request reaches.
    const isSame = bind.port === port && (bind.tls !== undefined) === tls;
    if (route === undefined || isSame) return [];
    const [scheme, usual] = bind.tls === undefined ? ['http', 80] : ['https', 443];
    const at = bind.port === usual ? '' : `:${bind.port}`;
    return `${host} is asked for on ${formatAddressPort(bind.address, bind.port)} by ${formatSource(route.source)}: ${scheme}://${hostInUrl(host)}${at}`;
  });
}

/** A hint if the policy gives the name to certain namespaces only. */
function ownedByPolicy({ settings: { policy } }: Facts, { host }: Request): string[] {
  const grant = policy === undefined ? undefined : grantOfName(policy, host);
  if (grant === undefined) return [];
  const entry = grant.name === host ? '' : ` (by its entry ${displayHost(grant.name)})`;
  return [`${host} belongs to ${ownersOf(grant.rules)}${entry}: no other namespace gets it`];
}

/** Hints about ports that name the host and have it on no bind. */
function askedInVain({ compilation }: Facts, { host }: Request): string[] {
  const { namings, claims } = compilation.parts;
  const has = ({ mode, hosts }: Intent): boolean =>
    mode === 'tcp' || hosts.length === 0 || hosts.some((each) => matches(each, host));
  const serving = new Set(
    claims.binds.flatMap(({ holders }) => holders.filter(has).map(({ source }) => sourceKey(source))),
  );
  return namings
    .filter(
      ({ source, hosts }) =>
        hosts?.some((each) => matches(each, host)) === true && !serving.has(sourceKey(source)),
    )
    .map(({ source }) => {
      const { namespace, service } = source;
      return `${formatSource(source)} asks for ${host} and doesn't get it: kubefigurator-producer explain service ${namespace}/${service}`;
    });
}

function similar({ compilation }: Facts, { host }: Request): string[] {
  if (parseIp(host) !== undefined) return [];
  const names = compilation.parts.model.frontends.flatMap(({ routes }) =>
    routes.flatMap(({ hosts }) => hosts),
  );
  return nearNames(host, names.map(displayHost)).map((name) => `did you mean ${name}?`);
}

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
