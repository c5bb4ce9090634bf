import type { SourceRef } from '@kubefigurator/config-model';
import { compareBy, sourceKey } from '@kubefigurator/config-model';
import type { Claims } from '../claims/claims.ts';

/** The binds on which a source is served once the hosts run the text. */
export interface WantedStatus {
  readonly source: SourceRef;
  /** In canonical order: by address, then port. */
  readonly binds: readonly { readonly address: string; readonly port: number }[];
}

/** The wanted status of every source that has a bind, in the order of their names. */
export function wantedStatuses({ binds }: Claims): WantedStatus[] {
  const statuses = new Map<string, { source: SourceRef; binds: { address: string; port: number }[] }>();
  for (const { address, port, holders } of binds) {
    for (const { source } of holders) {
      const key = sourceKey(source);
      const status = statuses.get(key) ?? { source, binds: [] };
      status.binds.push({ address, port });
      statuses.set(key, status);
    }
  }
  return [...statuses.values()].sort(
    compareBy(
      ({ source }) => source.namespace,
      ({ source }) => source.service,
      ({ source }) => source.port,
    ),
  );
}
