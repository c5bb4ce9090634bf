import { parseIp } from '@kubefigurator/config-model';
import { ANY_IPV4 } from '../intent/intent.ts';
import { isPortNumber } from '../snapshot/objects.ts';
import type { Backend, Frontend, ProxyModel } from './proxy-model.ts';

/** HAProxy 2.6 to 3.2 reads no more words on a line. */
const MOST_WORDS = 64;
/** The words of a `use_backend` line besides its host names. */
const WORDS_OF_A_ROUTE = 8;

/**
 * Throws if HAProxy couldn't run the model as it is meant: two sections of one name, a route to no backend or to one of
 * another mode, two rules for one host, a port out of range, a line of more than 64 words. Each would be a bug of ours.
 */
export function assertValidModel({ frontends, backends }: ProxyModel): void {
  const names = new Map(backends.map((backend) => [backend.name, backend]));
  check(names.size === backends.length, 'two backends have one name');
  const distinct = new Set(frontends.map(({ name }) => name));
  check(distinct.size === frontends.length, 'two frontends have one name');
  for (const frontend of frontends) assertFrontend(frontend, names);
  for (const backend of backends) assertBackend(backend);
}

function assertFrontend(frontend: Frontend, backends: ReadonlyMap<string, Backend>): void {
  const { name, mode, bind, routes, defaultBackend } = frontend;
  check(isEndpoint(bind.address, bind.port), `${name} has no valid address and port`);
  check(bind.tls === undefined || bind.tls.certificates.length > 0, `${name} has TLS without a certificate`);
  check(
    mode === 'http' || (routes.length === 0 && defaultBackend !== undefined),
    `${name} is tcp with routes`,
  );
  check(routes.length > 0 || defaultBackend !== undefined, `${name} leads nowhere`);
  // A wildcard begins with a dot, so that it is never the same text as an exact name.
  const hosts = routes.flatMap((route) => route.hosts);
  check(new Set(hosts).size === hosts.length, `${name} has two rules for one host`);
  for (const route of routes) {
    check(route.hosts.length > 0, `${name} has a rule without a host`);
    check(route.hosts.length + WORDS_OF_A_ROUTE <= MOST_WORDS, `${name} has a rule of too many words`);
  }
  const targets = [...routes, ...(defaultBackend === undefined ? [] : [defaultBackend])];
  for (const { backend } of targets)
    check(backends.get(backend)?.mode === mode, `${name} leads to ${backend}, which is no ${mode} backend`);
}

/** Backends that were found valid, which are not looked at in each pass. */
const valid = new WeakSet<Backend>();

function assertBackend(backend: Backend): void {
  if (valid.has(backend)) return;
  const { name, directives, servers } = backend;
  for (const { words } of directives) {
    check(words.length > 0 && words.length <= MOST_WORDS, `${name} has a line of ${words.length} words`);
  }
  const names = new Set(servers.map((server) => server.name));
  check(names.size === servers.length, `${name} has two servers of one name`);
  const wrong = servers.find(({ port }) => !isPortNumber(port));
  check(wrong === undefined, `${name} has a server without a valid port`);
  valid.add(backend);
}

function isEndpoint(address: string, port: number): boolean {
  return (address === ANY_IPV4 || parseIp(address)?.text === address) && isPortNumber(port);
}

function check(holds: boolean, problem: string): void {
  if (!holds) throw new Error(`the model can't be rendered: ${problem}`);
}
