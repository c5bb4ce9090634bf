import type { Diagnostic, ProxyMode } from '@kubefigurator/config-model';
import type { NodePools, PortIntent } from './translation.ts';

/** Who got which bind. */
export interface Allocation {
  readonly binds: readonly BindAssignment[];
  readonly nodes: NodePools;
  /** Those of the translation and those of everyone who lost, in canonical order. */
  readonly diagnostics: readonly Diagnostic[];
}

/** One bind and the ports that share it, the oldest first. */
export interface BindAssignment {
  readonly address: string;
  readonly port: number;
  readonly mode: ProxyMode;
  readonly tls: boolean;
  readonly holders: readonly PortIntent[];
}
