import type { IpSpan } from '@kubefigurator/config-model';
import type { ProxyMode } from '../intent/intent.ts';
import type { PortRange } from './host-ports.ts';
import type { LabelSelector } from './node-selector.ts';

/** What the namespaces of one rule may claim; an absent field limits nothing, an empty list allows nothing. */
export interface PolicyRule {
  /** As the policy has it; `DEFAULT_RULE` for the namespaces that no rule names. */
  readonly name: string;
  readonly addresses?: ListenAddresses;
  /** Entries that share a port say the same about its TLS. */
  readonly listenPorts?: readonly AllowedPorts[];
  readonly modes?: readonly ProxyMode[];
  /** Names as `HostPattern` has them, and `*` for ports that take what no host name matches. */
  readonly hostNames?: readonly string[];
  /** Files below the certificate folder; with a slash at its end a folder, for all files below it. */
  readonly certificates?: readonly string[];
  readonly maxBinds?: number;
  readonly maxHostNames?: number;
}

/** Whether binds on a port have to have TLS, or must not. */
export type PortTls = 'required' | 'none';

/** Listen ports that a rule allows. */
export interface AllowedPorts extends PortRange {
  /** Undefined if their binds may do as they like. */
  readonly tls?: PortTls;
}

export interface ListenAddresses {
  /** `*`, `::` or both: each allows every single address of its family, and to listen on all of them at once. */
  readonly every: readonly string[];
  readonly spans: readonly IpSpan[];
}

/** The name of the rule for namespaces that no other rule names. */
export const DEFAULT_RULE = 'default';

/** A host name, or all names below a wildcard, that belongs to the namespaces of some rules. */
export interface Grant {
  /** As `HostPattern` has it, or `*`. */
  readonly name: string;
  readonly rules: readonly PolicyRule[];
}

export interface SelectingRule {
  readonly selector: LabelSelector;
  readonly rule: PolicyRule;
}

/** Who may expose what in a cluster of several tenants, ready to be asked. */
export interface Policy {
  /** From which text it was read, for people: `resourceVersion:42`, or `sha256:` and the beginning of the hash; absent if nobody says. */
  readonly version?: string;
  /** The rules in their order, without the default. */
  readonly rules: readonly PolicyRule[];
  readonly byNamespace: ReadonlyMap<string, PolicyRule>;
  /** Rules by labels of the Namespace; of several that match, the first one counts. */
  readonly bySelector: readonly SelectingRule[];
  /** The rule for namespaces that no other rule names or selects. */
  readonly fallback: PolicyRule;
  /** By `Grant.name`. */
  readonly grants: ReadonlyMap<string, Grant>;
  /**
   * By each wildcard above a granted name: one grant below it. Whoever got such a wildcard would take the granted name
   * from its owner.
   */
  readonly below: ReadonlyMap<string, Grant>;
}
