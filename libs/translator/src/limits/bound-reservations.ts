import type { Reservation } from '@kubefigurator/config-model';
import { formatReservation, serviceKey } from '@kubefigurator/config-model';
import type { ServiceLimits } from '../snapshot/limits.ts';

/** What is reserved for one Service so far. */
interface Reserved {
  readonly ports: Set<string>;
  readonly hostNames: Set<string>;
  lines: number;
  characters: number;
}

/**
 * What may stay reserved for each Service: its reservations in the given order, as long as they are within its limits. A
 * host name or a reservation that would exceed a limit is dropped; a later one that fits is kept. Listen addresses aren't
 * limited here: a Service on every address gets a reservation for each address that other Services name.
 */
export function boundReservations(
  reservations: readonly Reservation[],
  limits: ServiceLimits,
): readonly Reservation[] {
  const services = new Map<string, Reserved>();
  return reservations.flatMap((reservation) => {
    const key = serviceKey(reservation.source);
    const reserved: Reserved = services.get(key) ?? {
      ports: new Set(),
      hostNames: new Set(),
      lines: 0,
      characters: 0,
    };
    services.set(key, reserved);
    return takeWithinLimits(reserved, reservation, limits) ?? [];
  });
}

/** Adds a reservation to what its Service has; gives the part that fits, or undefined if nothing does. */
function takeWithinLimits(
  reserved: Reserved,
  reservation: Reservation,
  limits: ServiceLimits,
): Reservation | undefined {
  const { ports, hostNames } = reserved;
  const { port } = reservation.source;
  if (!ports.has(port) && ports.size >= limits.ports) return undefined;
  const hosts = reservation.hosts.filter(
    (host) => hostNames.has(host) || addIfWithin(hostNames, host, limits),
  );
  if (hosts.length === 0 && reservation.hosts.length > 0) return undefined;
  const kept = hosts.length === reservation.hosts.length ? reservation : { ...reservation, hosts };
  const characters = reserved.characters + formatReservation(kept).length + 1;
  if (reserved.lines >= limits.lines || characters > limits.characters) return undefined;
  ports.add(port);
  reserved.lines += 1;
  reserved.characters = characters;
  return kept;
}

function addIfWithin(hostNames: Set<string>, host: string, { hostNames: most }: ServiceLimits): boolean {
  if (hostNames.size >= most) return false;
  hostNames.add(host);
  return true;
}
