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

/** True if a host is lost: nobody else answers for it, or somebody has asked for it only after it was held. */
export function isLost({ taken, id }: LostHost, { heldHosts: held }: GuardMemory): boolean {
  return !taken || held.has(id);
}

/** The binds that nobody answers on, or on which somebody else has asked only after they were held. */
export function lostBinds({ hosts, binds }: Losses, memory: GuardMemory): ReadonlySet<string> {
  const held = hosts.filter(({ id, bind }) => memory.heldHosts.has(id) && memory.heldBinds.has(bind));
  return new Set([...binds, ...held.map(({ bind }) => bind)]);
}

/** The hosts that are held: all if the list of Nodes is short, since such a list is no reason to give one to another Service. */
export function heldHosts(input: GuardInput, isListShort: boolean): HeldHosts {
  const { losses, lasting, memory, settings } = input;
  const { hosts } = losses;
  const measured = measure(losses, input);
  if (losses.isEverything) return { held: hosts, shares: sharesOf(measured) };
  if (isListShort) {
    const isToo = measured.some(({ what, total }) => what === 'hosts' && isTooMuch(total, settings));
    return { held: hosts, shares: isToo ? sharesOf(measured) : [] };
  }
  const now = suspectsIn(measured, input);
  const stable = lasting === losses ? measured : measure(lasting, input);
  const before = stable === measured ? [] : stillHeld(suspectsIn(stable, input), input);
  // A Service that keeps one name keeps all: nobody else gets a name of another namespace, on whichever bind.
  const sources = [...now, ...before].map(({ source }) => serviceKey(source));
  const services = new Set([...memory.heldServices, ...sources]);
  const held = hosts.filter(({ source }) => services.has(serviceKey(source)));
  if (held.length === 0) return { held, shares: [] };
  return { held, shares: sharesOf(now.length === 0 ? stable : measured) };
}

/** Of what is too much without all that came meanwhile: that of the namespaces of which something is held already. */
function stillHeld(suspects: readonly LostHost[], { losses, memory }: GuardInput): readonly LostHost[] {
  const known = losses.hosts.filter(({ id }) => memory.heldHosts.has(id));
  const namespaces = new Set(known.map(({ source }) => source.namespace));
  return suspects.filter(({ source }) => namespaces.has(source.namespace));
}

interface Measured {
  readonly what: 'binds' | 'hosts';
  readonly hosts: readonly LostHost[];
  readonly total: Tally;
  readonly large: LargeLoss | undefined;
}

/** How much is lost of the binds, and of the hosts. */
function measure(losses: Losses, { memory, settings, now }: GuardInput): readonly Measured[] {
  const { hosts, stood } = losses;
  const gone = lostBinds(losses, memory);
  const lost = hosts.filter((host) => isLost(host, memory));
  const about = (
    what: Measured['what'],
    own: readonly LostHost[],
    counted: Omit<CountedByOwner, 'now'>,
  ): Measured => {
    const tallies = talliesOf({ ...counted, now });
    return { what, hosts: own, total: totalOf(tallies), large: largeLossOf(tallies, settings) };
  };
  return [
    about(
      'binds',
      lost.filter(({ bind }) => gone.has(bind)),
      {
        lost: countEach([...gone].map((bind) => stood.ownerOf.get(bind) ?? SHARED)),
        stood: countEach(stood.ownerOf.values()),
        peaks: memory.binds,
      },
    ),
    about('hosts', hosts, {
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
