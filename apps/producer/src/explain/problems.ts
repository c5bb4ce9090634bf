import type { SourceRef } from '@kubefigurator/config-model';
import { formatAddressPort, formatReservation, serviceKey, sourceKey } from '@kubefigurator/config-model';
import type { Diagnostic } from '@kubefigurator/translator';
import type { Problem, Winner } from './explanation.ts';
import { createdAtOf, type Observed } from './facts.ts';

/** The diagnostics of an object as a whole; if a port is given, those of this port alone. */
export function problemsOf(
  { compilation, ...facts }: Observed,
  object: Diagnostic['object'],
  port?: string,
): Problem[] {
  const isAbout = (one: Diagnostic): boolean =>
    one.object.kind === object.kind &&
    one.object.namespace === object.namespace &&
    one.object.name === object.name &&
    one.port === port;
  return compilation.diagnostics.filter(isAbout).map(({ code, severity, message }) => {
    // A compilation merges the diagnostics of one code; those of its claims aren't merged, and each names its winner.
    const conflicts = compilation.parts.claims.diagnostics.filter((one) => isAbout(one) && one.code === code);
    const winners = new Map(
      conflicts.flatMap(({ winner }) => (winner === undefined ? [] : [[sourceKey(winner), winner] as const])),
    );
    return {
      code,
      severity,
      message,
      winners: [...winners.values()].map((one) => describeWinner(facts, one)),
    };
  });
}

function describeWinner(
  { snapshot, standing }: Pick<Observed, 'snapshot' | 'standing'>,
  source: SourceRef,
): Winner {
  const service = snapshot.services.find(
    ({ namespace, name }) => namespace === source.namespace && name === source.service,
  );
  const createdAt = createdAtOf(service);
  const stands = [...standing.values()].filter(({ sources }) => sources.has(sourceKey(source)));
  return {
    source,
    ...(createdAt === undefined ? {} : { createdAt }),
    stands: stands.map(({ address, port }) => formatAddressPort(address, port)).sort(),
  };
}

/** The comments of the text that keep something for a port. */
export function reservationsForPort({ compilation }: Observed, source: SourceRef): string[] {
  return compilation.parts.claims.reservations
    .filter((one) => serviceKey(one.source) === serviceKey(source) && one.source.port === source.port)
    .map(formatReservation);
}
