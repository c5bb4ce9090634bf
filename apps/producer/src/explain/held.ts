import { serviceKey, sourceKey, type SourceRef } from '@kubefigurator/config-model';
import { displayHost } from '@kubefigurator/translator';
import type { HeldExplanation, HeldPort } from './explanation.ts';
import type { Facts } from './facts.ts';
import { placesOfPort, verdictOfPort } from './port.ts';

/** What a guard holds of one Service, in the order of the ports' names; undefined if nothing. */
export function explainHeld(
  facts: Facts,
  service: { readonly namespace: string; readonly name: string },
): HeldExplanation | undefined {
  const name = `${service.namespace}/${service.name}`;
  const loss = facts.guard.held.find((each) => each.service === name);
  if (loss === undefined) return undefined;
  const ports = new Map<string, { readonly source: SourceRef; hosts: string[]; nodes: string[] }>();
  const of = (source: SourceRef): { hosts: string[]; nodes: string[] } => {
    const port = ports.get(sourceKey(source)) ?? { source, hosts: [], nodes: [] };
    ports.set(sourceKey(source), port);
    return port;
  };
  for (const { source, host, bind } of loss.hosts) of(source).hosts.push(`${displayHost(host)} on ${bind}`);
  for (const { successor, names } of loss.servers) of(successor).nodes.push(...names);
  const { since } = facts.guard;
  return {
    ...(since === undefined ? {} : { since }),
    approve: `kubefigurator-producer approve service ${name}`,
    ports: [...ports.values()]
      .map(({ source, hosts, nodes }) =>
        heldPort(facts, source, { names: hosts.sort(), nodes: nodes.sort() }),
      )
      .sort((a, b) => (a.port < b.port ? -1 : 1)),
  };
}

function heldPort(facts: Facts, source: SourceRef, what: Pick<HeldPort, 'names' | 'nodes'>): HeldPort {
  const places = placesOfPort(facts, source);
  return { port: source.port, ...what, ...places, verdict: verdictOfPort({ ...places, state: 'served' }) };
}

/** True if a guard holds this host name on this bind for the source; `*` is every request that no other name matches. */
export function isHostNameHeld(
  { guard }: Facts,
  source: SourceRef,
  at: { bind: string; host: string },
): boolean {
  const loss = guard.held.find(({ service }) => service === serviceKey(source));
  return (
    loss?.hosts.some(
      ({ source: other, bind, host }) =>
        sourceKey(other) === sourceKey(source) && bind === at.bind && host === at.host,
    ) === true
  );
}

/** The ports, as `<namespace>/<service>/<port>`, for which a guard keeps a Node as a server. */
export function portsHeldOnNode({ guard }: Facts, node: string): readonly string[] {
  return guard.held.flatMap(({ servers }) =>
    servers.flatMap(({ successor: { namespace, service, port }, names }) =>
      names.includes(node) ? [`${namespace}/${service}/${port}`] : [],
    ),
  );
}
