import type { SourceRef } from '@kubefigurator/config-model';
import type { Directive, ProxyMode, ServersIntent } from '../intent/intent.ts';
import type { HostNames } from './values/host-names.ts';

/**
 * An intent while options are applied to it, in the order of the table.
 * A field is undefined until an option sets it: some defaults depend on other options, so `settleOptions` adds them last.
 */
export interface Draft {
  readonly source: SourceRef;
  readonly servers: ServersIntent;
  /** `spec.ports[].appProtocol`, known or not. */
  readonly appProtocol?: string;
  readonly mode?: ProxyMode;
  readonly hosts?: HostNames;
  readonly wildcard?: 'own' | 'shared';
  readonly bind: { readonly addresses?: readonly string[]; readonly port?: number };
  readonly tls: { readonly on?: boolean; readonly certificate?: string };
  readonly backend: {
    readonly balance?: readonly string[];
    readonly tls?: boolean | undefined;
    readonly verify?: boolean;
    readonly serverName?: string;
    readonly directives: readonly Directive[];
  };
}

/** A draft before any option is applied. */
export function createDraft(source: SourceRef, servers: ServersIntent, appProtocol?: string): Draft {
  const protocol = appProtocol === undefined ? {} : { appProtocol };
  return { source, servers, ...protocol, bind: {}, tls: {}, backend: { directives: [] } };
}
