import type { Reservation } from '@kubefigurator/config-model';
import { CONFIG_HEADER, formatReservation } from '@kubefigurator/config-model';
import { describe, expect, it } from 'vitest';
import { readStandingClaims } from '../index.ts';
import type { ServiceLimits } from '../snapshot/limits.ts';
import { defaultServiceLimits } from '../snapshot/limits.ts';
import { boundReservations } from './bound-reservations.ts';

function reservation(service: string, port: string, hosts: readonly string[]): Reservation {
  const source = { namespace: 'shop', service, port };
  return { source, address: '*', port: 443, mode: 'http', tls: true, hosts };
}

function bounded(all: readonly Reservation[], limits: Partial<ServiceLimits>): string[] {
  return boundReservations(all, { ...defaultServiceLimits, ...limits }).map(
    ({ source, hosts }) => `${source.service} ${source.port} ${hosts.join(',')}`,
  );
}

describe('what is reserved for one Service', () => {
  const all = [
    reservation('web', 'a', ['a.test', 'b.test']),
    reservation('web', 'b', ['b.test', 'c.test']),
    reservation('web', 'c', []),
    reservation('api', 'a', ['x.test']),
  ];

  it('stays as it is within the limits', () => {
    const limits = { hostNames: 3, ports: 3, lines: 3 };
    expect(boundReservations(all, { ...defaultServiceLimits, ...limits })).toEqual(all);
  });

  it.each<[Partial<ServiceLimits>, readonly string[]]>([
    [{ hostNames: 2 }, ['web a a.test,b.test', 'web b b.test', 'web c ', 'api a x.test']],
    [{ hostNames: 1 }, ['web a a.test', 'web c ', 'api a x.test']],
    [{ ports: 1 }, ['web a a.test,b.test', 'api a x.test']],
    [{ lines: 2 }, ['web a a.test,b.test', 'web b b.test,c.test', 'api a x.test']],
    [{ characters: 100 }, ['web a a.test,b.test', 'api a x.test']],
  ])('is cut to the first lines and names that are within %j', (limits, left) =>
    expect(bounded(all, limits)).toEqual(left),
  );

  it('is the same if it is bounded again', () => {
    for (const limits of [{ hostNames: 2 }, { hostNames: 1 }, { lines: 2 }, { characters: 100 }]) {
      const once = boundReservations(all, { ...defaultServiceLimits, ...limits });
      expect(boundReservations(once, { ...defaultServiceLimits, ...limits })).toEqual(once);
    }
  });

  it('is bounded in a text that somebody else wrote', () => {
    const many = Array.from({ length: 36_000 }, (_, index) => `h${index}.test`);
    const lines = ['a', 'b', 'c'].flatMap((port) =>
      many.map((host) => formatReservation(reservation('web', port, [host]))),
    );
    const bind = readStandingClaims(`${CONFIG_HEADER}\n${lines.join('\n')}\n`).get('*:443');
    const names = [...(bind?.sources.values() ?? [])].flatMap(({ hosts }) => [...hosts]);
    expect(new Set(names).size).toBe(1_000);
    expect(names.length).toBeLessThanOrEqual(10_000);
  });
});
