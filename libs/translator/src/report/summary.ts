import type { Diagnostic } from '../diagnostics/diagnostics.ts';
import type { ProxyModel } from '../model/proxy-model.ts';
import type { ClusterSnapshot } from '../snapshot/snapshot.ts';

/** The size of one pass, for its log line. */
export interface Summary {
  /** Services in the snapshot, also those without our label. */
  readonly services: number;
  /** Ports that got at least one bind. */
  readonly ports: number;
  /** Nodes in the snapshot. */
  readonly nodes: number;
  readonly frontends: number;
  readonly backends: number;
  readonly servers: number;
  readonly errors: number;
  readonly warnings: number;
}

/** Counts the objects that were read and the sections that were built. */
export function summarizeTranslation(
  snapshot: ClusterSnapshot,
  model: ProxyModel,
  diagnostics: readonly Diagnostic[],
): Summary {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  return {
    services: snapshot.services.length,
    ports: model.backends.length,
    nodes: snapshot.nodes.length,
    frontends: model.frontends.length,
    backends: model.backends.length,
    servers: model.backends.reduce((sum, backend) => sum + backend.servers.length, 0),
    errors,
    warnings: diagnostics.length - errors,
  };
}
