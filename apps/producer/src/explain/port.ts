import { compareText, formatAddressPort, sourceKey, type SourceRef } from '@kubefigurator/config-model';
import { displayHost, type Intent, portLabel, type ServiceRecord } from '@kubefigurator/translator';
import type { BindExplanation, PortExplanation, Problem, Verdict } from './explanation.ts';
import type { Facts } from './facts.ts';
import { areAllHostsLive, hostStates } from './hosts.ts';
import { comparePublished, linesOfPort } from './lines.ts';
import { problemsOf, reservationsForPort } from './problems.ts';

type PortRecord = ServiceRecord['ports'][number];

/** What becomes of one port of a Service that is selected. */
export function explainPort(facts: Facts, service: ServiceRecord, record: PortRecord): PortExplanation {
  const { namespace, name } = service;
  const source = { namespace, service: name, port: portLabel(record) };
  const asked = askedBy(facts, source);
  const problems = problemsOf(facts, { kind: 'Service', namespace, name }, source.port);
  const binds = bindsOf(facts, source, asked.first);
  const explained = {
    port: source.port,
    number: record.number,
    ...(record.nodePort === undefined ? {} : { nodePort: record.nodePort }),
    protocol: record.protocol,
    state: stateOf(binds, asked.first, problems),
    ...(asked.now === undefined ? {} : { asks: asksOf(facts, asked.now) }),
    binds,
    problems,
    reserved: reservationsForPort(facts, source),
    ...placesOfPort(facts, source),
  };
  return { ...explained, verdict: verdictOfPort(explained) };
}

/**
 * `first`: what the port asks for. `now`: what of it has a bind, else the same as `first`; if a Service grew and the
 * text is full, that is only what was published before.
 */
function askedBy(
  { compilation }: Facts,
  source: SourceRef,
): { readonly first: Intent | undefined; readonly now: Intent | undefined } {
  const { intents, claims } = compilation.parts;
  // An intent with `standing` servers is what a guard holds: the Service no longer asks for it.
  const isOurs = (intent: Intent): boolean =>
    sourceKey(intent.source) === sourceKey(source) && intent.servers.kind !== 'standing';
  const first = intents.find(isOurs);
  return { first, now: claims.binds.flatMap(({ holders }) => holders).find(isOurs) ?? first };
}

type Places = Pick<
  PortExplanation,
  'backend' | 'servers' | 'lines' | 'publishedLines' | 'published' | 'hosts'
>;

/** What the model, both texts and the hosts have of a port. */
export function placesOfPort(facts: Facts, source: SourceRef): Places {
  const { wanted, current } = facts;
  const backend = facts.compilation.parts.model.backends.find(
    (each) => sourceKey(each.source) === sourceKey(source),
  );
  const named = backend === undefined ? {} : { backend: backend.name };
  const published = comparePublished(wanted, current, source);
  const isThere = published === 'published' || published === 'differs';
  const isOther = published === 'differs' || published === 'lingers';
  return {
    ...named,
    servers: backend?.servers ?? [],
    lines: linesOfPort(wanted, source).lines,
    publishedLines: isOther && current !== undefined ? linesOfPort(current, source).lines : [],
    published,
    hosts: isThere ? hostStates(facts, { source, ...named }) : [],
  };
}

function asksOf({ settings }: Facts, { mode, tls, hosts }: Intent): NonNullable<PortExplanation['asks']> {
  return {
    mode,
    tls: tls !== undefined,
    hosts: hosts.map(({ name }) => displayHost(name)).sort(compareText),
    ...(tls === undefined ? {} : { certificate: `${settings.certificateDir}/${tls.certificate}` }),
  };
}

/** The binds that it has, and those that it asks for in vain. */
function bindsOf({ compilation }: Facts, source: SourceRef, asked: Intent | undefined): BindExplanation[] {
  const key = sourceKey(source);
  const held = compilation.parts.claims.binds.filter(({ holders }) =>
    holders.some((each) => sourceKey(each.source) === key),
  );
  const has = held.map(({ address, port, holders }): BindExplanation => ({
    bind: formatAddressPort(address, port),
    state: 'held',
    others: new Set(holders.map((each) => sourceKey(each.source))).size - 1,
  }));
  const names = new Set(has.map(({ bind }) => bind));
  const lost = askedBinds(asked).filter((bind) => !names.has(bind));
  return [...has, ...lost.map((bind): BindExplanation => ({ bind, state: 'lost', others: 0 }))];
}

function askedBinds(intent: Intent | undefined): string[] {
  if (intent?.bind.addresses.kind !== 'addresses') return [];
  return intent.bind.addresses.addresses.map((address) => formatAddressPort(address, intent.bind.port));
}

function stateOf(
  binds: readonly BindExplanation[],
  asked: Intent | undefined,
  problems: readonly Problem[],
): PortExplanation['state'] {
  // The intent lacks what the policy forbids, so that no bind shows as lost.
  const isCut = problems.some(({ code }) => code === 'policy-breach');
  if (binds.some(({ state }) => state === 'held'))
    return !isCut && binds.every(({ state }) => state === 'held') ? 'served' : 'in-part';
  return asked === undefined && problems.length === 0 ? 'passed-over' : 'left-out';
}

/** `nowhere` if it has no server, or no host is live. */
export function verdictOfPort(
  port: Pick<PortExplanation, 'hosts' | 'state' | 'servers' | 'published'>,
): Verdict {
  const { hosts, state, servers, published } = port;
  if (servers.length === 0 || !hosts.some((host) => host.state === 'live')) return 'nowhere';
  return state === 'served' && published === 'published' && areAllHostsLive(hosts) ? 'everywhere' : 'in-part';
}
