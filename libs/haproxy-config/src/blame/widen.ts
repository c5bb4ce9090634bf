import type { Blame, SourceRef } from '@kubefigurator/config-model';
import { serviceKey, sourceKey } from '@kubefigurator/config-model';
import type { FreshPort } from './fresh-ports.ts';

/** The refusals of one pass so far. */
export interface Refusals {
  /** What was blamed before, and is left out already. */
  readonly before: readonly Blame[];
  /** What the last check blamed. */
  readonly now: readonly Blame[];
  /** What is left of the candidate's new and changed ports. */
  readonly fresh: readonly FreshPort[];
  /** True if the blamed namespaces lose their new ports even if no other namespace waits: there were many checks. */
  readonly isPatienceOver: boolean;
}

/**
 * The blame from the second refusal on. HAProxy names at most 50 faults in one check, and often only the first one of a
 * line, so a Service with many faults would make all others wait for many checks. A Service that is blamed again is
 * blamed with all of its new and changed ports. If changes of other namespaces wait, or if patience is over, each
 * namespace that is blamed loses its new ports for now. Its ports that run are never left out for the fault of another.
 */
export function widenBlame({ before, now, fresh, isPatienceOver }: Refusals): readonly Blame[] {
  const [earlier, latest] = [culpritsOf(before), culpritsOf(now)];
  const namespaces = new Set([...earlier, ...latest].map(({ namespace }) => namespace));
  const blamedBefore = new Set(earlier.map(serviceKey));
  const blamedAgain = new Set(latest.map(serviceKey).filter((service) => blamedBefore.has(service)));
  // A refusal that names nobody clearly is no evidence against those that were named before.
  if (latest.length === 0) return now;
  const mayLoseNewPorts = isPatienceOver || fresh.some(({ namespace }) => !namespaces.has(namespace));
  const named = new Set(
    [...before, ...now].flatMap(({ file, sources }) => (file === undefined ? sources.map(sourceKey) : [])),
  );
  const rest = fresh.filter((port) => !named.has(sourceKey(port)));
  const ofServices = rest.filter((port) => blamedAgain.has(serviceKey(port)));
  const ofNamespaces = rest.filter(
    (port) =>
      mayLoseNewPorts && port.isNew && namespaces.has(port.namespace) && !blamedAgain.has(serviceKey(port)),
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

/** The sources of those refusals that name one Service only; a bind that several share says nothing of either. */
function culpritsOf(blame: readonly Blame[]): readonly SourceRef[] {
  return blame.flatMap(({ sources, shared }) => {
    const isOne = new Set(sources.map(serviceKey)).size === 1;
    return shared !== true && isOne ? sources : [];
  });
}

/** One blame for each group of these ports. */
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
