import type { IpNetwork } from '@kubefigurator/config-model';
import type { ServiceLimits } from './limits.ts';
import { defaultServiceLimits } from './limits.ts';
import type { PortRange } from './host-ports.ts';
import type { LabelSelector } from './node-selector.ts';
import type { Policy } from './policy.ts';

/** What the operator tells the translator; everything else is in the snapshot. */
export interface TranslatorSettings {
  /** Replaces the first `CLUSTER` in each host name; empty without `--cluster`. */
  readonly cluster: string;
  /** Absolute path of the folder with certificates on every host, without a slash at the end. */
  readonly certificateDir: string;
  /** The certificate for clients without SNI: a file below `certificateDir`, or an absolute path. */
  readonly defaultCertificate?: string;
  /** The authorities of the servers' certificates: an absolute path, or a name that HAProxy knows, such as `@system-ca`. */
  readonly backendCaFile: string;
  /** Nodes that don't match are left out; empty matches all. */
  readonly nodeSelector: LabelSelector;
  /** Types of `status.addresses`, the preferred first. */
  readonly nodeAddressTypes: readonly string[];
  /** The only networks whose addresses become servers; empty: all. */
  readonly nodeNetworks: readonly IpNetwork[];
  /** Ports of the hosts themselves, which no Service may have. */
  readonly reservedPorts: readonly number[];
  /** The only ports that Services may have; empty: all. */
  readonly listenPorts: readonly PortRange[];
  /** True if the ports of `WELL_KNOWN_PORTS` are kept for the hosts, except those in `listenPorts` or already served. */
  readonly wellKnownPorts: boolean;
  /** Whether Services may listen on loopback, link-local, multicast and metadata addresses. */
  readonly localListenAddresses: boolean;
  /** True if a Service that names an address has that address and port alone, although another one listens on `*`. */
  readonly specificAddressWins: boolean;
  /** Whether several namespaces may have one host name, each on another bind. */
  readonly hostNamesPerBind: boolean;
  /** What a single Service may ask for. */
  readonly limits: ServiceLimits;
  /** The percent of each limit of the text that one namespace may take while other namespaces have Services too. */
  readonly namespaceShare: number;
  /** Which namespaces may claim what; if absent, every namespace may claim everything. */
  readonly policy?: Policy;
}

/** The settings of a producer without flags and environment variables. */
export const defaultTranslatorSettings: TranslatorSettings = {
  cluster: '',
  certificateDir: '/etc/haproxy/ssl',
  backendCaFile: '@system-ca',
  nodeSelector: [],
  nodeAddressTypes: ['InternalIP', 'ExternalIP'],
  nodeNetworks: [],
  reservedPorts: [22],
  listenPorts: [],
  wellKnownPorts: true,
  localListenAddresses: false,
  specificAddressWins: false,
  hostNamesPerBind: false,
  limits: defaultServiceLimits,
  namespaceShare: 50,
};
