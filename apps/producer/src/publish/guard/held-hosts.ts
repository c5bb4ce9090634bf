import { serviceKey } from '@kubefigurator/config-model';
import type { GuardInput, GuardMemory, HeldShare } from './decide.ts';
import type { Losses, LostHost } from './losses.ts';
import { countEach, SHARED } from './owners.ts';
import { isTooMuch, type LargeLoss, largeLossOf, suspectLostHosts } from './suspects.ts';
import { type CountedByOwner, type Tally, talliesOf, totalOf } from './tallies.ts';

export interface HeldHosts {
  readonly held: readonly LostHost[];
  readonly shares: readonly HeldShare[];
}

/** True if nobody else answers for a host, or only a Service that asked for it after it was held. */
export function isLost({ taken, id }: LostHost, { heldHosts: held }: GuardMemory): boolean {
  return !taken || held.has(id);
}

/** The binds that nobody answers on, or only Services that asked for them after they were held. */
export function lostBinds({ hosts, binds }: Losses, memory: GuardMemory): ReadonlySet<string> {
  const held = hosts.filter(({ id, bind }) => memory.heldHosts.has(id) && memory.heldBinds.has(bind));
  return new Set([...binds, ...held.map(({ bind }) => bind)]);
}

/**
 * The hosts that are held. If Nodes are missing in the list (`isListShort`), these are all that are lost: such a list
 * is no reason to give a host to another Service.
 */
export function heldHosts(input: GuardInput, isListShort: boolean): HeldHosts {
  const { losses, lasting, memory, settings } = input;
  const { hosts } = losses;
  const measured = measure(losses, input);
  if (losses.isEverything) return { held: hosts, shares: sharesOf(measured) };
  if (isListShort) {
    // The share of the Nodes is the reason; that of the hosts is given only if it would be one by itself.
    const losesTooManyHosts = measured.some(
      ({ what, total }) => what === 'hosts' && isTooMuch(total, settings),
    );
    return { held: hosts, shares: losesTooManyHosts ? sharesOf(measured) : [] };
  }
  const suspects = suspectsIn(measured, input);
  // What came while something was held must not end that: the same again without it.
  const measuredLasting = lasting === losses ? measured : measure(lasting, input);
  const heldFurther =
    measuredLasting === measured ? [] : stillHeld(suspectsIn(measuredLasting, input), input);
  // If one lost host of a Service is held, all its lost hosts are: otherwise another namespace could take the rest
  // meanwhile.
  const suspectServices = [...suspects, ...heldFurther].map(({ source }) => serviceKey(source));
  const services = new Set([...memory.heldServices, ...suspectServices]);
  const held = hosts.filter(({ source }) => services.has(serviceKey(source)));
  if (held.length === 0) return { held, shares: [] };
  return { held, shares: sharesOf(suspects.length === 0 ? measuredLasting : measured) };
}

/** The suspects in namespaces of which a host is held already. */
function stillHeld(suspects: readonly LostHost[], { losses, memory }: GuardInput): readonly LostHost[] {
  const known = losses.hosts.filter(({ id }) => memory.heldHosts.has(id));
  const namespaces = new Set(known.map(({ source }) => source.namespace));
  return suspects.filter(({ source }) => namespaces.has(source.namespace));
}

interface Measured {
  /** What is counted. */
  readonly what: 'binds' | 'hosts';
  /** The hosts to be held if it is too much. */
  readonly hosts: readonly LostHost[];
  readonly total: Tally;
  readonly large: LargeLoss | undefined;
}

/** How much is lost of the binds, and of the hosts. */
function measure(losses: Losses, { memory, settings, now }: GuardInput): readonly Measured[] {
  const { hosts, stood } = losses;
  const gone = lostBinds(losses, memory);
  const lost = hosts.filter((host) => isLost(host, memory));
  const measuredOf = (
    what: Measured['what'],
    ofThese: readonly LostHost[],
    counted: Omit<CountedByOwner, 'now'>,
  ): Measured => {
    const tallies = talliesOf({ ...counted, now });
    return { what, hosts: ofThese, total: totalOf(tallies), large: largeLossOf(tallies, settings) };
  };
  return [
    measuredOf(
      'binds',
      lost.filter(({ bind }) => gone.has(bind)),
      {
        lost: countEach([...gone].map((bind) => stood.ownerOf.get(bind) ?? SHARED)),
        stood: countEach(stood.ownerOf.values()),
        peaks: memory.binds,
      },
    ),
    measuredOf('hosts', hosts, {
      lost: countEach(lost.map(({ source }) => source.namespace)),
      stood: stood.hostsOf,
      peaks: memory.hosts,
    }),
  ];
}

function suspectsIn(measured: readonly Measured[], { settings }: GuardInput): readonly LostHost[] {
  return measured.flatMap(({ large, hosts }) =>
    large === undefined ? [] : suspectLostHosts(large, hosts, settings),
  );
}

function sharesOf(measured: readonly Measured[]): readonly HeldShare[] {
  return measured.flatMap(({ what, total, large }): HeldShare[] => {
    const { lost, most } = large ?? total;
    if (lost === 0) return [];
    return [{ what, lost, most, ...(large?.without === undefined ? {} : { without: large.without }) }];
  });
}
