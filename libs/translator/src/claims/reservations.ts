import type { Reservation } from '@kubefigurator/config-model';
import { compareBy, compareText, formatAddressPort } from '@kubefigurator/config-model';
import { MOST_HOSTS } from '../intent/intent.ts';
import type { Decided, Memory } from './contest.ts';
import type { Present } from './memory.ts';
import { everyAddressOf } from './memory.ts';

/** A decided bind. */
export interface Outcome extends Decided {
  /** True if a source that names this very address holds it, so that the address gets a frontend. */
  readonly isServed: boolean;
}

/** What is written into the text as reserved, in canonical order. `wide` are the binds on every address. */
export function reservationsOf(
  outcomes: readonly Outcome[],
  present: Present,
  wide: ReadonlyMap<string, Outcome>,
): Reservation[] {
  const holders = new Map<string, ReadonlySet<string>>();
  const holds = (bind: string, key: string): boolean => {
    const known = holders.get(bind) ?? new Set(wide.get(bind)?.holders.map((holder) => holder.key));
    holders.set(bind, known);
    return known.has(key);
  };
  const reservations = outcomes.flatMap((outcome) => {
    const { address, port, isServed } = outcome;
    const wideBind = formatAddressPort(everyAddressOf(address), port);
    return [...outcome.kept].flatMap(([key, memory]) => {
      const holdsWide = holds(wideBind, key);
      const namesAddress = present.namings.get(key)?.addresses?.includes(address) === true;
      // Without a frontend of its own, the address is served by the bind on every address: a holder of that bind needs no
      // reservation here unless it names the address.
      const isNeededWithout = namesAddress || (!memory.viaWildcard && !holdsWide);
      const isNeeded = isServed ? !memory.viaWildcard || !holdsWide : isNeededWithout;
      return isNeeded ? toReservations(outcome, memory) : [];
    });
  });
  return reservations.sort(byBindAndSource);
}

function toReservations({ address, port }: Outcome, { source, mode, tls, hosts }: Memory): Reservation[] {
  const reservation = { source, address, port, mode, tls };
  if (mode === 'tcp' || hosts.size === 0) return [{ ...reservation, hosts: [] }];
  const names = [...hosts].sort(compareText);
  const lines = Math.ceil(names.length / MOST_HOSTS);
  return Array.from({ length: lines }, (_, index) => ({
    ...reservation,
    hosts: names.slice(index * MOST_HOSTS, (index + 1) * MOST_HOSTS),
  }));
}

const byBindAndSource = compareBy<Reservation>(
  ({ address }) => address,
  ({ port }) => port,
  ({ source }) => source.namespace,
  ({ source }) => source.service,
  ({ source }) => source.port,
  ({ hosts: [first = ''] }) => first,
);
