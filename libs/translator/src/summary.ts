import type { ProxyModel } from '@kubefigurator/config-model';
import type { Allocation } from './allocation.ts';
import type { ClusterSnapshot } from './snapshot.ts';

/** The size of one pass, for its log line. */
export interface Summary {
  /** Services seen, whether they are ours or not. */
  readonly services: number;
  /** Ports that got at least one bind. */
  readonly ports: number;
  /** Nodes seen. */
  readonly nodes: number;
  readonly frontends: number;
  readonly backends: number;
  readonly servers: number;
  readonly errors: number;
  readonly warnings: number;
}

/** Counts what went in and what came out. */
export function summarize(snapshot: ClusterSnapshot, allocation: Allocation, model: ProxyModel): Summary {
  const errors = allocation.diagnostics.filter(({ severity }) => severity === 'error').length;
  return {
    services: snapshot.services.length,
    ports: model.backends.length,
    nodes: snapshot.nodes.length,
    frontends: model.frontends.length,
    backends: model.backends.length,
    servers: model.backends.reduce((sum, backend) => sum + backend.servers.length, 0),
    errors,
    warnings: allocation.diagnostics.length - errors,
  };
}
