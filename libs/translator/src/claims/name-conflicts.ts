import { formatAddressPort, formatSource, sourceKey } from '@kubefigurator/config-model';
import type { Complaint, Diagnostic } from '../diagnostics/diagnostics.ts';
import type { Claimant, Contest } from './contest.ts';
import { displayHost } from './display-host.ts';
import { diagnoseIntent } from './losses.ts';
import type { NameOwners } from './name-owners.ts';
import type { Collision, NameHolder } from './name-index.ts';
import type { Outcome } from './reservations.ts';

/** Why another namespace keeps a claimant from a bind, by a host name; undefined if none does. */
export function findNameConflict(
  { owners, memories }: Pick<Contest, 'owners' | 'memories'>,
  { intent, key, rank }: Claimant,
): Complaint | undefined {
  const hadNames = memories.get(key)?.hosts;
  const { namespace } = intent.source;
  for (const { name } of intent.hosts) {
    // What the claimant had on this bind stays, also beside a name of another namespace.
    if (hadNames?.has(name) === true && owners.keeps(name, namespace)) continue;
    const collision = owners.collision(name, namespace);
    if (collision !== undefined) return refusal({ name, collision }, rank);
  }
  return undefined;
}

/** One warning for each port with a host name that collides with one of another namespace: both stay, as both stood. */
export function warnOfNamesTogether(outcomes: readonly Outcome[], owners: NameOwners): Diagnostic[] {
  if (!owners.isCrowded) return [];
  const found = new Map<string, Diagnostic>();
  for (const { address, port, holders } of outcomes) {
    for (const { intent } of holders) {
      if (found.has(sourceKey(intent.source))) continue;
      const named = firstCollision(intent.hosts, intent.source.namespace, owners);
      if (named === undefined) continue;
      const message = `${sentence(named, 'which has it')}; it is served on ${formatAddressPort(address, port)} because it was served before: take it out of hostname`;
      found.set(sourceKey(intent.source), diagnoseIntent(intent, { code: 'foreign-host-name', message }));
    }
  }
  return [...found.values()];
}

interface NamedCollision {
  readonly name: string;
  readonly collision: Collision;
}

function firstCollision(
  hosts: readonly { readonly name: string }[],
  namespace: string,
  owners: NameOwners,
): NamedCollision | undefined {
  for (const { name } of hosts) {
    const collision = owners.collision(name, namespace);
    if (collision !== undefined) return { name, collision };
  }
  return undefined;
}

function refusal(named: NamedCollision, rank: number): Complaint {
  const { kind, name, holder } = named.collision;
  const isOlder = holder.rank !== undefined && holder.rank < rank;
  const share = kind === 'above' ? `, or have wildcard set to "shared" on that port` : '';
  const release = isOlder
    ? ''
    : `; an operator can free it: kubefigurator-producer release '${holder.at}' '${displayHost(name)}'`;
  const message = `${sentence(named, becauseOf(holder, isOlder))}: take it out of hostname${share}${release}`;
  return { code: 'conflict-host', message, winner: holder.source };
}

function becauseOf({ rank }: NameHolder, isOlder: boolean): string {
  if (rank === undefined) return 'for which it is reserved';
  return isOlder ? 'which was first' : 'which has had it since before';
}

function sentence(
  { name, collision: { kind, name: other, holder } }: NamedCollision,
  because: string,
): string {
  const relation = {
    same: '',
    above: ` is below ${displayHost(other)}, which`,
    below: ` would take ${displayHost(other)}, which`,
  };
  return `${displayHost(name)}${relation[kind]} belongs to ${formatSource(holder.source)}, ${because} on ${holder.at}, and so to namespace ${holder.source.namespace} on every bind`;
}
