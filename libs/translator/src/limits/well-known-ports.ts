import type { Diagnostic } from '../diagnostics/diagnostics.ts';
import { createDiagnostic } from '../diagnostics/diagnostics.ts';
import type { Intent } from '../intent/intent.ts';
import { isInRanges, WELL_KNOWN_PORTS } from '../snapshot/host-ports.ts';
import type { TranslatorSettings } from '../snapshot/settings.ts';

/** The intents that may have their ports, in their order. */
export interface Permitted {
  readonly intents: readonly Intent[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface PermitOptions {
  readonly settings: Pick<TranslatorSettings, 'wellKnownPorts' | 'listenPorts'>;
  /** True if the intent is served on its listen port already, and so keeps the bind. */
  readonly isOnPort: (intent: Intent) => boolean;
}

/**
 * Leaves out the intents that ask for a port of another program on the hosts, unless they have it already or
 * `listenPorts` has it. With `wellKnownPorts` off, all are permitted.
 */
export function permitWellKnownPorts(
  intents: readonly Intent[],
  { settings: { wellKnownPorts, listenPorts }, isOnPort }: PermitOptions,
): Permitted {
  if (!wellKnownPorts) return { intents, diagnostics: [] };
  const diagnostics: Diagnostic[] = [];
  const permitted = intents.filter((intent) => {
    const { port } = intent.bind;
    const owner = WELL_KNOWN_PORTS.get(port);
    // Without --listen-ports the list is empty: then the operator has allowed none of them.
    const isAllowedByOperator = isInRanges(port, listenPorts);
    if (owner === undefined || isAllowedByOperator) return true;
    const isKept = isOnPort(intent);
    diagnostics.push(isKept ? kept(intent, owner) : refused(intent, owner));
    return isKept;
  });
  return { intents: diagnostics.length === 0 ? intents : permitted, diagnostics };
}

/** The code is that of reserved ports: for the owner of a Service, both are ports that the Service may not have. */
function refused({ source, bind: { port } }: Intent, owner: string): Diagnostic {
  return createDiagnostic({
    code: 'reserved-port',
    object: { kind: 'Service', namespace: source.namespace, name: source.service },
    port: source.port,
    message: `port ${port} is that of ${owner} on many hosts: choose another listen-port; an operator can allow it with --listen-ports or --no-well-known-ports`,
  });
}

function kept({ source, bind: { port } }: Intent, owner: string): Diagnostic {
  return createDiagnostic({
    code: 'well-known-port',
    object: { kind: 'Service', namespace: source.namespace, name: source.service },
    port: source.port,
    message: `port ${port} is that of ${owner} on many hosts, and is served because it was served before: choose another listen-port; an operator can allow it with --listen-ports or --no-well-known-ports`,
  });
}
