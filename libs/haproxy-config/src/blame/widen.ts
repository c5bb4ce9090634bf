import type { Blame, SourceRef } from '@kubefigurator/config-model';
import { serviceKey, sourceKey } from '@kubefigurator/config-model';
import type { FreshPort } from './fresh-ports.ts';

export interface Refusals {
  /** What was blamed before, and is left out already. */
  readonly before: readonly Blame[];
  /** What the last check blamed. */
  readonly now: readonly Blame[];
  /** What is left of the candidate's new and changed ports. */
  readonly fresh: readonly FreshPort[];
  /** True if no further check is to be spent on the namespaces that were blamed, even if nobody else waits. */
  readonly isPatienceOver: boolean;
}

/**
 * The blame from the second refusal on. HAProxy names at most 50 faults in one check, and often only the first one of a
 * line, so whoever has many would cost all others a check for each. A Service that is blamed again is blamed with all of
 * its new and changed ports. If changes of other namespaces wait, or if patience is over, each namespace that is blamed
 * loses its new ports for now; its ports that run are never left out for the fault of another one.
 */
export function widenBlame({ before, now, fresh, isPatienceOver }: Refusals): readonly Blame[] {
  const [earlier, latest] = [culpritsOf(before), culpritsOf(now)];
  const namespaces = new Set([...earlier, ...latest].map(({ namespace }) => namespace));
  const again = new Set(earlier.map(serviceKey));
  const services = new Set(latest.map(serviceKey).filter((service) => again.has(service)));
  // A refusal that names nobody clearly is no evidence against those that were named before.
  if (latest.length === 0) return now;
  const isUrgent = isPatienceOver || fresh.some(({ namespace }) => !namespaces.has(namespace));
  const named = new Set(
    [...before, ...now].flatMap(({ file, sources }) => (file === undefined ? sources.map(sourceKey) : [])),
  );
  const rest = fresh.filter((port) => !named.has(sourceKey(port)));
  const ofServices = rest.filter((port) => services.has(serviceKey(port)));
  const ofNamespaces = rest.filter(
    (port) => isUrgent && port.isNew && namespaces.has(port.namespace) && !services.has(serviceKey(port)),
  );
  return [
    ...now,
    ...grouped(ofServices, serviceKey, (service) => `HAProxy refuses one part of ${service} after another`),
    ...grouped(
      ofNamespaces,
      ({ namespace }) => namespace,
      (namespace) =>
        `HAProxy refuses one part of namespace ${namespace} after another, so what is new in it is tried later`,
    ),
  ];
}

/** The sources of those refusals that name one Service; a bind that isn't available is nobody's fault alone. */
function culpritsOf(blame: readonly Blame[]): readonly SourceRef[] {
  return blame.flatMap(({ sources, shared }) => {
    const isOne = new Set(sources.map(serviceKey)).size === 1;
    return shared !== true && isOne ? sources : [];
  });
}

function grouped(
  ports: readonly FreshPort[],
  groupOf: (port: FreshPort) => string,
  messageOf: (group: string) => string,
): Blame[] {
  const groups = new Map<string, SourceRef[]>();
  for (const port of ports) {
    const { namespace, service, port: name } = port;
    const source = { namespace, service, port: name };
    const group = groups.get(groupOf(port));
    if (group === undefined) groups.set(groupOf(port), [source]);
    else group.push(source);
  }
  return [...groups].map(([group, sources]) => ({ sources, message: messageOf(group) }));
}
